package shaping

// Ballot is a vote as it is handed in.
type Ballot struct {
	PackageID int64
	Subject   Subject
	SubjectID int64
	Choice    int16
	Reason    string // a chip of Reasons; needed for "not for me"
	Companion bool   // votes as somebody who goes along with a patient
	Tie       string // one of Ties; asked for once, at the first vote on a package
}

// Voted is what a vote led to.
type Voted struct {
	Status Status
	WhyNot string // key of the sentence that says why it does not count; empty if it does
	Shown  Shown  // the vote on the subject, as this voter may see it now
}

// Ties are what people say of themselves before their first vote on a package:
// that they have no tie to the provider, or which one.
var Ties = []string{"none", "staff", "paid", "family", "investor", "discount"}

// noTie is what somebody without a tie says.
const noTie = "none"
