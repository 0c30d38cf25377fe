package shaping

import (
	"caravan/internal/db"
	"caravan/internal/departure"
	"caravan/internal/wording"
)

// LetGo takes away what somebody wanted for themselves: interests, declarations,
// drafts. Their votes and what they said of promises stay in their sums, of a
// person who leads to nobody. The reasons of their wishes go if they asked for
// it; the wishes stay, because versions were made of them.
func (s *Service) LetGo(tx *db.Tx, g departure.Gone) error {
	if err := forgetPerson(tx, g.AccountID, g.PersonID); err != nil {
		return err
	}
	if !g.Texts {
		return nil
	}
	for i, lang := range wording.Langs { // the first stands for all that have no words of their own
		if err := replaceReasons(tx, g.PersonID, lang, i == 0, wording.Text(lang, "shaping.reason_taken")); err != nil {
			return err
		}
	}
	return nil
}
