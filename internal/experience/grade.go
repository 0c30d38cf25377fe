package experience

// Grades of Clavien and Dindo as they are kept (Annals of Surgery 2004;
// 240:205-213): the worst treatment that a complication needed.
const (
	GradeNone int16 = iota
	GradeI
	GradeII
	GradeIIIa
	GradeIIIb
	GradeIVa
	GradeIVb
	GradeV
)

// GradeNames are how the grades are written.
var GradeNames = [...]string{"0", "I", "II", "IIIa", "IIIb", "IVa", "IVb", "V"}

// treatmentGrades are the answers to "What did it need, at most?": dressings or
// a simple painkiller; another medicine, blood or feeding through a vein; a
// procedure while awake; an operation asleep; it ended in death.
var treatmentGrades = map[string]int16{"simple": GradeI, "medicine": GradeII, "awake": GradeIIIa, "asleep": GradeIIIb, "died": GradeV}

// intensiveGrades are the answers to "Was intensive care needed?".
var intensiveGrades = map[string]int16{"one_organ": GradeIVa, "several_organs": GradeIVb}

// Grade maps what somebody can tell without being a doctor to a grade: the
// worse of treatment and intensive care. It is nil when neither is known: an
// unknown complication is no light one.
func Grade(treatment, intensive string) *int16 {
	g := max(treatmentGrades[treatment], intensiveGrades[intensive])
	if g == GradeNone {
		return nil
	}
	return &g
}

// AtDischarge is the third question, "Was it still there when you left?": the
// suffix d of the grade. Nil is unknown.
func AtDischarge(answer string) *bool {
	if answer != "yes" && answer != "no" {
		return nil
	}
	yes := answer == "yes"
	return &yes
}

// GradeName writes a grade with its suffix: "IIIb-d".
func GradeName(grade int16, atDischarge *bool) string {
	if grade < 0 || int(grade) >= len(GradeNames) {
		return ""
	}
	name := GradeNames[grade]
	if atDischarge != nil && *atDischarge {
		name += "-d"
	}
	return name
}

// worstGrade is the worst of all that is known about an episode: nil when
// something went wrong and nothing is known of how bad it was, or when nobody
// said whether anything did.
func worstGrade(start string, later []string, complications []Complication) *int16 {
	var worst *int16
	for _, c := range complications {
		if c.Grade != nil && (worst == nil || *c.Grade > *worst) {
			worst = c.Grade
		}
	}
	if worst != nil || start != "none" {
		return worst
	}
	for _, answer := range later {
		if answer == "yes" || answer == "unsure" {
			return nil
		}
	}
	none := GradeNone
	return &none
}

// complicationFrom makes a complication from its questions.
func complicationFrom(told string, a Answers) Complication {
	known := func(name string) string {
		if v := a.One(name); v != "" && v != RatherNot {
			return v
		}
		return Unknown
	}
	c := Complication{Told: told, Kind: known("c_kind"), OnsetDay: number(a.One("c_onset")), Grade: Grade(a.One("c_treatment"), a.One("c_intensive")),
		AtDischarge: AtDischarge(a.One("c_discharge")), Certainty: "self", TreatedWhere: known("c_where"), DaysInHospital: number(a.One("c_days")),
		Reoperation: Unknown, Payer: known("c_payer"), Resolved: known("c_resolved"), ReportedToClinic: known("c_reported"), ClinicReaction: known("c_reaction")}
	if v := known("c_certainty"); v != Unknown {
		c.Certainty = v
	}
	// Whether there was another operation is what the first question asks.
	switch a.One("c_treatment") {
	case "asleep":
		c.Reoperation = "yes"
	case "simple", "medicine", "awake":
		c.Reoperation = "no"
	}
	return c
}
