package experience

// ratings are asked one by one and never averaged into one figure.
var ratings = []string{"clarity", "honesty", "surgeon_contact", "nursing", "hygiene", "pain_control", "dignity", "language", "discharge_info", "follow_up", "problems"}

// RevisionItems are what a second operation costs, one by one: terms split them
// exactly so.
var RevisionItems = []string{"surgeon", "theatre", "anaesthesia", "flight", "hotel"}

// atCheckIns are what is asked later, when it is known: travel and records a
// week after the procedure, what was promised and who cared at home after a
// month, what came of it from three months on.
var atCheckIns = withLists([]Field{
	// The three taps, at every check-in.
	{Name: "tap_goal", Class: Public, Stage: "d7", Topic: "taps", Input: Scale, Place: InCheckIn, Values: []string{"too_early"}, Most: 10, Again: true},
	{Name: "tap_complication", Class: Public, Stage: "d7", Topic: "taps", Input: Pick, Place: InCheckIn, Values: []string{"none", "yes", "unsure"}, Again: true},
	{Name: "tap_worth_it", Class: Public, Stage: "d7", Topic: "taps", Input: Pick, Place: InCheckIn, Values: []string{"yes", "unsure", "no", "too_early"}, Again: true},
	{Name: "tap_note", Class: Public, Stage: "d7", Topic: "taps", Input: Sentence, Place: InCheckIn, Most: 300, Again: true},

	{Name: "arrival_day", Class: Sealed, Stage: "d7", Topic: "travel", Input: Day, Place: InSeal},
	{Name: "discharge_day", Class: Sealed, Stage: "d7", Topic: "travel", Input: Day, Place: InSeal},
	{Name: "departure_day", Class: Sealed, Stage: "d7", Topic: "travel", Input: Day, Place: InSeal},
	{Name: "nights_hospital", Class: Public, Stage: "d7", Topic: "travel", Input: Number, Place: InDetails, Most: 365},
	{Name: "nights_hotel", Class: Public, Stage: "d7", Topic: "travel", Input: Number, Place: InDetails, Most: 365},
	{Name: "nights_before_flight", Class: Public, Stage: "d7", Topic: "travel", Input: Number, Place: InColumn, Most: 365},
	{Name: "flight_hours", Class: Public, Stage: "d7", Topic: "travel", Input: Number, Place: InDetails, Most: 48},
	{Name: "fit_to_fly_note", Class: Public, Stage: "d7", Topic: "travel", Input: Pick, Place: InDetails, Values: yesNo},
	{Name: "dvt_prevention", Class: Public, Stage: "d7", Topic: "travel", Input: Pick, Place: InDetails, Values: []string{"none", "stockings", "anticoagulant", "both_of_them"}},
	{Name: "visa_type", Class: Public, Stage: "d7", Topic: "travel", Input: Pick, Place: InDetails, Values: []string{"none", "tourist", "medical", "e_visa", "other"}},
	{Name: "companion", Class: Public, Stage: "d7", Topic: "travel", Input: Pick, Place: InDetails, Values: []string{"none", "partner", "relative", "friend", "paid"}},
	{Name: "companion_could_stay", Class: Public, Stage: "d7", Topic: "travel", Input: Pick, Place: InDetails, Values: yesNo},
	{Name: "accessibility_needs", Class: Public, Stage: "d7", Topic: "travel", Input: PickMany, Place: InDetails, Values: []string{"none", "step_free", "sign", "hearing_loop", "easy_read", "other"}},
	{Name: "accessibility_met", Class: Public, Stage: "d7", Topic: "travel", Input: Pick, Place: InDetails, Values: yesNo},

	{Name: "records_received", Class: Public, Stage: "d7", Topic: "records", Input: PickMany, Place: InDetails, Values: []string{"none", "operative_report", "anaesthesia_record", "discharge_letter", "implant_card", "medication_list", "lab", "imaging", "itemised_invoice", "consent_copy", "photos"}},
	{Name: "discharge_lang", Class: Public, Stage: "d7", Topic: "records", Input: Language, Place: InDetails},

	{Name: "quotes_obtained", Class: Public, Stage: "d7", Topic: "decision", Input: Number, Place: InDetails, Most: 20},
	{Name: "consult_before_travel", Class: Public, Stage: "d7", Topic: "decision", Input: Pick, Place: InDetails, Values: []string{"none", "photos_only", "questionnaire", "video_coordinator", "video_doctor", "in_person"}},
	{Name: "who_advised", Class: Public, Stage: "d7", Topic: "decision", Input: Pick, Place: InDetails, Values: []string{"surgeon", "other_doctor", "coordinator", "agency", "chatbot"}},
	{Name: "plan_changed_on_arrival", Class: Public, Stage: "d7", Topic: "decision", Input: Pick, Place: InDetails, Values: []string{"no", "smaller", "larger", "different", "refused_unfit"}},
	{Name: "consult_lang", Class: Public, Stage: "d7", Topic: "decision", Input: Language, Place: InDetails},
	{Name: "consent_lang", Class: Public, Stage: "d7", Topic: "decision", Input: Language, Place: InColumn},
	{Name: "interpreter", Class: Public, Stage: "d7", Topic: "decision", Input: Pick, Place: InColumn, Values: translators},
	{Name: "interpreter_discharge", Class: Public, Stage: "d7", Topic: "decision", Input: Pick, Place: InDetails, Values: translators},
	{Name: "consent_hours", Class: Public, Stage: "d7", Topic: "decision", Input: Number, Place: InDetails, Most: 8760},
	{Name: "consent_risks", Class: Public, Stage: "d7", Topic: "decision", Input: Pick, Place: InDetails, Values: yesNo},
	{Name: "consent_copy", Class: Public, Stage: "d7", Topic: "decision", Input: Pick, Place: InDetails, Values: yesNo},

	{Name: "payment_method", Class: Public, Stage: "d7", Topic: "paying", Input: Pick, Place: InDetails, Values: []string{"cash", "card", "transfer", "finance", "crypto", "mixed"}},
	{Name: "receipt", Class: Public, Stage: "d7", Topic: "paying", Input: Pick, Place: InDetails, Values: []string{"itemised", "plain", "none"}},
	{Name: "travel_cost", Class: Public, Stage: "d7", Topic: "paying", Input: Money, Place: InDetails},
	{Name: "stay_cost", Class: Public, Stage: "d7", Topic: "paying", Input: Money, Place: InDetails},
	{Name: "companion_cost", Class: Public, Stage: "d7", Topic: "paying", Input: Money, Place: InDetails},

	{Name: "surgeon", Class: Public, Stage: "m1", Topic: "promised", Input: Sentence, Place: InDetails, Most: 80, Inside: true},
	{Name: "operator_as_promised", Class: Public, Stage: "m1", Topic: "promised", Input: Pick, Place: InDetails, Values: yesNoUnsure},

	{Name: "aftercare_provider", Class: Public, Stage: "m1", Topic: "aftercare", Input: Pick, Place: InDetails, Values: []string{"none", "family_doctor", "specialist", "hospital", "emergency", "private_clinic", "other"}},
	{Name: "aftercare_first_day", Class: Public, Stage: "m1", Topic: "aftercare", Input: Number, Place: InDetails, Most: 3650},
	{Name: "aftercare_accepted", Class: Public, Stage: "m1", Topic: "aftercare", Input: Pick, Place: InDetails, Values: []string{"accepted", "refused", "not_needed"}},
	{Name: "aftercare_payer", Class: Public, Stage: "m1", Topic: "aftercare", Input: Pick, Place: InDetails, Values: payers},
	{Name: "records_sufficient", Class: Public, Stage: "m1", Topic: "aftercare", Input: Pick, Place: InDetails, Values: yesNo},
	{Name: "records_lang", Class: Public, Stage: "m1", Topic: "aftercare", Input: Language, Place: InDetails},
	{Name: "insurance", Class: Public, Stage: "m1", Topic: "aftercare", Input: Pick, Place: InDetails, Values: []string{"none", "travel", "complication_cover", "employer", "state"}},
	{Name: "insurance_days", Class: Public, Stage: "m1", Topic: "aftercare", Input: Number, Place: InDetails, Most: 3650},
	{Name: "insurance_claim", Class: Public, Stage: "m1", Topic: "aftercare", Input: Pick, Place: InDetails, Values: []string{"none", "made", "paid", "refused"}},

	{Name: "motivation", Class: Public, Stage: "m1", Topic: "about", Input: PickMany, Place: InDetails, Values: []string{"price", "waiting_list", "not_available_home", "quality", "privacy", "recommendation", "language_culture", "insurance_denied"}},
	{Name: "sex_at_birth", Class: Sums, Stage: "m1", Topic: "about", Input: Pick, Place: InSums, Values: []string{"female", "male", "intersex"}, Inside: true},
	{Name: "gender", Class: Sums, Stage: "m1", Topic: "about", Input: Pick, Place: InSums, Values: []string{"woman", "man", "other"}, Inside: true},
	{Name: "bmi_band", Class: Sums, Stage: "m1", Topic: "about", Input: Pick, Place: InSums, Values: []string{"under_18_5", "18_5_25", "25_30", "30_35", "35_40", "over_40"}, Inside: true},
	{Name: "smoker", Class: Sums, Stage: "m1", Topic: "about", Input: Pick, Place: InSums, Values: []string{"never", "stopped", "yes"}, Inside: true},
	{Name: "asa_like", Class: Sums, Stage: "m1", Topic: "about", Input: Pick, Place: InSums, Values: []string{"healthy", "mild_illness", "serious_illness", "life_threatening"}, Inside: true},
	{Name: "conditions", Class: Sums, Stage: "m1", Topic: "about", Input: PickMany, Place: InSums, Values: []string{"none", "diabetes", "hypertension", "clotting_disorder", "sleep_apnoea", "anaemia", "immunosuppression", "pregnancy_history", "psychiatric", "other"}, Inside: true},

	{Name: "out_function", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "function_0_10", Inside: true},
	{Name: "out_density", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "density_and_donor_area", Inside: true},
	{Name: "out_donor", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "density_and_donor_area", Inside: true},
	{Name: "out_breathing", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "breathing_and_shape", Inside: true},
	{Name: "out_shape", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "breathing_and_shape", Inside: true},
	{Name: "out_weight_loss", Class: Public, Stage: "m3", Topic: "result", Input: Number, Place: InDetails, Most: 80, Again: true, Only: "total_weight_loss_percent", Inside: true},
	{Name: "out_vision", Class: Public, Stage: "m3", Topic: "result", Input: Pick, Place: InDetails, Values: []string{"better", "same", "worse"}, Again: true, Only: "vision_dry_eye_glare", Inside: true},
	{Name: "out_dry_eye", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "vision_dry_eye_glare", Inside: true},
	{Name: "out_glare", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "vision_dry_eye_glare", Inside: true},
	{Name: "out_pain", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "pain_and_function", Inside: true},
	{Name: "out_mobility", Class: Public, Stage: "m3", Topic: "result", Input: Scale, Place: InDetails, Most: 10, Again: true, Only: "pain_and_function", Inside: true},
	{Name: "out_live_birth", Class: Public, Stage: "m3", Topic: "result", Input: Pick, Place: InDetails, Values: []string{"yes", "no", "still_open"}, Again: true, Only: "live_birth", Inside: true},
	{Name: "would_travel_again", Class: Public, Stage: "m3", Topic: "result", Input: Pick, Place: InDetails, Values: yesNoUnsure},

	{Name: "lost_income_days", Class: Public, Stage: "m3", Topic: "costs", Input: Number, Place: InDetails, Most: 999},
	{Name: "aftercare_cost", Class: Public, Stage: "m3", Topic: "costs", Input: Money, Place: InDetails, Again: true},
	{Name: "home_price", Class: Public, Stage: "m3", Topic: "costs", Input: Money, Place: InDetails},

	{Name: "revision_needed", Class: Public, Stage: "m3", Topic: "revision", Input: Pick, Place: InDetails, Values: yesNoUnsure, Again: true},
	{Name: "revision_offered", Class: Public, Stage: "m3", Topic: "revision", Input: Pick, Place: InDetails, Values: yesNo},
	{Name: "revision_done", Class: Public, Stage: "m3", Topic: "revision", Input: Pick, Place: InDetails, Values: []string{"yes", "no", "planned"}, Again: true},
	{Name: "revision_where", Class: Public, Stage: "m3", Topic: "revision", Input: Pick, Place: InDetails, Values: []string{"same_clinic", "other_abroad", "home"}},
	{Name: "revision_cost", Class: Public, Stage: "m3", Topic: "revision", Input: Money, Place: InDetails},
	{Name: "revision_outcome", Class: Public, Stage: "m3", Topic: "revision", Input: Pick, Place: InDetails, Values: []string{"better", "same", "worse"}},
	{Name: "revision_silence", Class: Public, Stage: "m3", Topic: "revision", Input: Pick, Place: InDetails, Values: yesNo},

	{Name: "refund", Class: Public, Stage: "m3", Topic: "redress", Input: Money, Place: InDetails},
	{Name: "refund_condition", Class: Public, Stage: "m3", Topic: "redress", Input: Pick, Place: InDetails, Values: []string{"none", "removal_of_review", "nda", "return_to_clinic"}},
	{Name: "complaint", Class: Public, Stage: "m3", Topic: "redress", Input: PickMany, Place: InDetails, Values: []string{"none", "to_clinic", "to_facilitator", "regulator", "chargeback", "court"}},
	{Name: "complaint_outcome", Class: Public, Stage: "m3", Topic: "redress", Input: Pick, Place: InDetails, Values: []string{"none_yet", "apology", "refund", "treatment", "rejected"}},
})

// withLists adds the questions that are asked of each of a list.
func withLists(all []Field) []Field {
	for _, step := range []string{"consult", "anaesthesia", "incision", "implantation", "closure"} {
		all = append(all, Field{Name: "by_" + step, Class: Public, Stage: "m1", Topic: "promised", Input: Pick, Place: InDetails, Values: operators})
	}
	for _, r := range ratings {
		all = append(all, Field{Name: "rate_" + r, Class: Public, Stage: "m1", Topic: "care", Input: Scale, Place: InDetails, Values: []string{"not_applicable"}, Least: 1, Most: 5})
	}
	for _, item := range RevisionItems {
		all = append(all, Field{Name: "revision_payer_" + item, Class: Public, Stage: "m3", Topic: "revision", Input: Pick, Place: InDetails, Values: payers})
	}
	return all
}
