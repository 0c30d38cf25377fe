package experience

import "testing"

func TestThreeLayQuestionsGiveTheGrade(t *testing.T) {
	for _, c := range []struct {
		say, treatment, intensive, discharge, want string
	}{
		{"dressing only", "simple", "no", "no", "I"},
		{"wound opened at the bedside, still open at discharge", "simple", "no", "yes", "I-d"},
		{"antibiotics from the doctor at home", "medicine", "no", "no", "II"},
		{"drained while awake", "awake", "no", "unknown", "IIIa"},
		{"operated again asleep", "asleep", "no", "yes", "IIIb-d"},
		{"one organ in intensive care", "medicine", "one_organ", "no", "IVa"},
		{"operated again, several organs", "asleep", "several_organs", "no", "IVb"},
		{"intensive care, treatment not known", "unknown", "one_organ", "unknown", "IVa"},
		{"death", "died", "several_organs", "unknown", "V"},
		{"medicine, nobody knows about intensive care", "medicine", "unknown", "unknown", "II"},
		{"nothing is known", "unknown", "unknown", "unknown", ""},
		{"rather not said", "rather_not", "rather_not", "yes", ""},
		{"no intensive care says nothing about the rest", "unknown", "no", "no", ""},
	} {
		got := ""
		if g := Grade(c.treatment, c.intensive); g != nil {
			got = GradeName(*g, AtDischarge(c.discharge))
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.say, got, c.want)
		}
	}
}

func TestUnknownNeverCountsAsNoComplication(t *testing.T) {
	two := GradeII
	for _, c := range []struct {
		say, start string
		later      []string
		told       []Complication
		want       string
	}{
		{"none throughout", "none", []string{"none", "unknown"}, nil, "0"},
		{"nobody said at the start", "unknown", []string{"none"}, nil, "?"},
		{"not sure", "unsure", nil, nil, "?"},
		{"something went wrong, unknown how", "yes", nil, []Complication{{}}, "?"},
		{"later something did", "none", []string{"yes"}, []Complication{{Told: "m3"}}, "?"},
		{"a known grade stands beside an unknown one", "yes", nil, []Complication{{}, {Grade: &two}}, "II"},
	} {
		got := "?"
		if g := worstGrade(c.start, c.later, c.told); g != nil {
			got = GradeNames[*g]
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.say, got, c.want)
		}
	}
}

func TestAntibioticsFromTheDoctorAtHomeAreGradeTwoPaidByThePublic(t *testing.T) {
	c := complicationFrom("m1", Answers{"c_kind": {"infection"}, "c_treatment": {"medicine"}, "c_intensive": {"no"}, "c_discharge": {"no"}, "c_where": {"home"}, "c_payer": {"public"}, "c_onset": {"9"}})
	if *c.Grade != GradeII || c.TreatedWhere != "home" || c.Payer != "public" || *c.OnsetDay != 9 || c.Reoperation != "no" || c.Resolved != Unknown || c.Certainty != "self" {
		t.Errorf("got %+v", c)
	}
}
