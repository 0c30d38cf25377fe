package answer

// Where an answer stands. It follows from what was done and is never set by
// hand.
const (
	Answered  = "answered"
	Looking   = "looking"   // the clinic looks into it
	Planned   = "planned"   // it promised a change that is not made yet
	Made      = "made"      // all it promised is made, with proof
	Confirmed = "confirmed" // later verified patients saw all of it in place
)

// event is what moves an answer from one standing to another.
type event string

const (
	look     event = "look"      // the clinic says that it looks into it
	promise  event = "promise"   // it promises one more change
	delay    event = "delay"     // it moves the day of a change
	makeOne  event = "make one"  // it files proof of a change, others are open
	makeLast event = "make last" // it files proof of the last open one
	seeOne   event = "see one"   // a patient tells about a made change, not all are confirmed now
	seeAll   event = "see all"   // a patient tells, and all are confirmed now
)

// moves is the whole machine: what is not in it cannot happen.
var moves = map[string]map[event]string{
	Answered:  {look: Looking, promise: Planned},
	Looking:   {promise: Planned},
	Planned:   {promise: Planned, delay: Planned, makeOne: Planned, makeLast: Made, seeOne: Planned},
	Made:      {promise: Planned, seeOne: Made, seeAll: Confirmed},
	Confirmed: {promise: Planned, seeOne: Made, seeAll: Confirmed},
}

// next is where an event leads from a standing, if it may happen there.
func next(standing string, e event) (string, bool) {
	to, ok := moves[standing][e]
	return to, ok
}

// tally is how far the changes of one answer are.
type tally struct {
	Open      int // promised, not made
	Confirmed int // made, and seen in place by more than missed it
	Made      int // made, confirmed ones included
}

// onMade is the event of a proof, given the changes after it.
func (t tally) onMade() event {
	if t.Open > 0 {
		return makeOne
	}
	return makeLast
}

// onSeen is the event of a patient's word, given the changes after it.
func (t tally) onSeen() event {
	if t.Open == 0 && t.Confirmed == t.Made {
		return seeAll
	}
	return seeOne
}
