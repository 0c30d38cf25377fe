package experience

import "slices"

// Values that several questions share.
var (
	yesNo       = []string{"yes", "no"}
	yesNoUnsure = []string{"yes", "no", "unsure"}
	payers      = []string{"self", "clinic", "insurer", "public"}
	places      = []string{"destination", "transit", "home"}
	operators   = []string{"named_surgeon", "other_doctor", "technician"}
	sides       = []string{"left", "right", "both", "upper", "lower"}
	translators = []string{"clinic_staff", "independent", "companion", "app", "none", "not_needed"}
)

// PriceLines are the parts of a price, in the order in which they are asked.
var PriceLines = []string{"surgery", "anaesthesia", "theatre", "implant", "tests", "hospital_nights", "hotel_nights", "transfers", "drugs", "garments", "interpreter", "deposit", "tax", "tips", "other"}

// ComplicationKinds are what can go wrong, as patients name it.
var ComplicationKinds = []string{"infection", "bleeding", "seroma", "wound_breakdown", "necrosis", "clot", "leak", "stricture", "hernia", "nerve_injury", "anaesthetic", "allergic",
	"implant_failure", "rupture_contracture", "asymmetry", "over_under_correction", "dry_eye", "ectasia", "endophthalmitis", "root_canal", "crown_fracture", "ohss", "miscarriage", "sepsis",
	"organ_failure", "psychological", "other"}

// Purposes are what an author may consent to. Publishing is what sending means.
var Purposes = []string{"publish", "research", "relay", "clinic_thread"}

// ConsentVersion names the wording of the consents that is in force.
const ConsentVersion = "2026-11"

// Catalogue is every question there is, in the order in which it is asked.
var Catalogue = slices.Concat(atStart(), complicationFields, consents(), atCheckIns)

// atStart are the eleven answers that it takes to publish, and what may be told
// beside them.
func atStart() []Field {
	where := []Field{
		{Name: "clinic", Class: Public, Topic: "where", Input: Clinic, Place: InColumn, Must: true},
		{Name: "procedure", Class: Public, Topic: "where", Input: Treatment, Place: InRows, Must: true},
		{Name: "quantity", Class: Public, Topic: "where", Input: Number, Place: InRows, Least: 1, Most: 20_000},
		{Name: "side", Class: Public, Topic: "where", Input: Pick, Place: InRows, Values: sides},
	}
	for _, n := range []string{"_2", "_3"} {
		where = append(where,
			Field{Name: "procedure" + n, Class: Public, Topic: "where", Input: Treatment, Place: InRows},
			Field{Name: "done" + n, Class: Public, Topic: "where", Input: Pick, Place: InRows, Values: []string{"planned", "performed", "added_on_arrival", "cancelled"}},
		)
	}
	rest := []Field{
		{Name: "quarter", Class: Public, Topic: "where", Input: Period, Place: InColumn, Must: true},
		{Name: "procedure_day", Class: Sealed, Topic: "where", Input: Day, Place: InSeal},
		{Name: "booked_via", Class: Public, Topic: "where", Input: Pick, Place: InColumn, Values: []string{"direct", "facilitator", "agency", "employer", "insurer", "platform", "friend", "other"}},

		{Name: "author_role", Class: Public, Topic: "you", Input: Pick, Place: InColumn, Must: true, Values: []string{"patient", "companion", "parent_guardian", "relative", "next_of_kin", "advocate_on_behalf"}},
		{Name: "adult", Class: Public, Topic: "you", Input: Tick, Place: InRows, Must: true},
		{Name: "origin_country", Class: Public, Topic: "you", Input: Country, Place: InColumn, Must: true},
		{Name: "age_band", Class: Public, Topic: "you", Input: Pick, Place: InColumn, Values: []string{"18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"}},

		{Name: "title", Class: Public, Topic: "went", Input: Sentence, Place: InColumn, Must: true, Least: 15, Most: 120},
		{Name: "story", Class: Public, Topic: "went", Input: Prose, Place: InColumn, Must: true, Least: 50, Most: 20_000},
		{Name: "ai_used", Class: Public, Topic: "went", Input: Tick, Place: InColumn},
		{Name: "goal", Class: Public, Topic: "went", Input: Sentence, Place: InColumn, Most: 200},
		{Name: "goal_achieved", Class: Public, Topic: "went", Input: Scale, Place: InColumn, Must: true, Values: []string{"too_early"}, Most: 10},
		{Name: "complication", Class: Public, Topic: "went", Input: Pick, Place: InColumn, Must: true, Values: []string{"none", "yes", "unsure"}},
		{Name: "would_repeat", Class: Public, Topic: "went", Input: Pick, Place: InColumn, Must: true, Values: yesNoUnsure},

		{Name: "quoted", Class: Public, Topic: "money", Input: Money, Place: InColumn, Must: true},
		{Name: "paid", Class: Public, Topic: "money", Input: Money, Place: InColumn, Must: true},
		{Name: "gap_reasons", Class: Public, Topic: "money", Input: PickMany, Place: InColumn, Values: []string{"extra_procedure", "different_material", "complication", "currency", "cash_discount", "tests", "unexplained", "upsell", "quote_was_from_price", "other"}},
		{Name: "incentive", Class: Public, Topic: "money", Input: Pick, Place: InColumn, Must: true, Values: []string{"none", "discount", "gift", "free_treatment", "referral_fee", "contest", "employee_family"}},
		{Name: "incentive_value", Class: Public, Topic: "money", Input: Pick, Place: InDetails, Values: []string{"under_100", "100_500", "500_2000", "over_2000"}},
	}
	for _, line := range PriceLines {
		rest = append(rest, Field{Name: "line_" + line + "_quoted", Class: Public, Topic: "money", Input: Money, Place: InRows},
			Field{Name: "line_" + line + "_paid", Class: Public, Topic: "money", Input: Money, Place: InRows})
	}
	all := append(where, rest...)
	for i := range all {
		all[i].Stage = Start
	}
	return all
}

// complicationFields are asked when something went wrong, at the start as at
// every check-in: three questions that give the grade, then what else is known.
var complicationFields = []Field{
	{Name: "c_treatment", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, Must: true, If: "complication=yes", Values: []string{"simple", "medicine", "awake", "asleep", "died"}},
	{Name: "c_intensive", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, Must: true, If: "complication=yes", Values: []string{"no", "one_organ", "several_organs"}},
	{Name: "c_discharge", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, Must: true, If: "complication=yes", Values: yesNo},
	{Name: "c_kind", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, If: "complication=yes", Values: ComplicationKinds},
	{Name: "c_onset", Class: Public, Stage: Start, Topic: "went", Input: Number, Place: InRows, If: "complication=yes", Most: 3650},
	{Name: "c_where", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, If: "complication=yes", Values: places},
	{Name: "c_payer", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, If: "complication=yes", Values: payers},
	{Name: "c_days", Class: Public, Stage: Start, Topic: "went", Input: Number, Place: InRows, If: "complication=yes", Most: 999},
	{Name: "c_resolved", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, If: "complication=yes", Values: []string{"yes", "ongoing", "permanent"}},
	{Name: "c_certainty", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, If: "complication=yes", Values: []string{"self", "doctor_told", "document"}},
	{Name: "c_reported", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, If: "complication=yes", Values: yesNo},
	{Name: "c_reaction", Class: Public, Stage: Start, Topic: "went", Input: Pick, Place: InRows, If: "complication=yes", Values: []string{"helped", "delayed", "denied", "blamed", "silent"}},
}

func consents() (out []Field) {
	for _, p := range Purposes {
		out = append(out, Field{Name: "consent_" + p, Class: Sealed, Stage: Start, Topic: "send", Input: Tick, Place: InRows, Must: p == "publish"})
	}
	return out
}
