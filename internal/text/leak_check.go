package text

import "caravan/internal/errs"

// LeakTick is the name of the form field by which a writer says: I have seen
// the warnings about this text and want it as it is. An answer of CheckLeaks
// that has a field of this name offers the tick.
const LeakTick = "leaks_seen"

// CheckLeaks returns nil if s may be kept as the form field of that name, else
// an Invalid answer that says everything at once: one message per class, keyed
// "text.leak_" and the class, whose arguments are "what" (the first such place,
// for its author's eyes) and "spans" ([]Leak). Leaks that block are refused
// always, the others unless ticked; where only a tick is missing the last
// message is about the field LeakTick. s is a cleaned text.
func CheckLeaks(field, s string, c LeakContext, ticked bool) error {
	var wrong []errs.FieldMsg
	spans := map[LeakClass][]Leak{}
	var order []LeakClass
	blocked := false
	for _, l := range Leaks(s, c) {
		if l.Tier != Block && ticked {
			continue
		}
		blocked = blocked || l.Tier == Block
		if spans[l.Class] == nil {
			order = append(order, l.Class)
		}
		spans[l.Class] = append(spans[l.Class], l)
	}
	for _, class := range order {
		first := spans[class][0]
		args := []any{"what", s[first.Start:first.End], "spans", spans[class]}
		wrong = append(wrong, errs.FieldMsg{Name: field, Msg: errs.Msg{Key: "text.leak_" + string(class), Args: args}})
	}
	if len(wrong) > 0 && !blocked {
		wrong = append(wrong, errs.FieldMsg{Name: LeakTick, Msg: errs.Msg{Key: "text.leak_tick"}})
	}
	return errs.Fields(wrong...)
}
