package question

import (
	"caravan/internal/db"
	"caravan/internal/departure"
	"caravan/internal/live"
	"caravan/internal/search"
	"caravan/internal/text"
	"caravan/internal/wording"
)

// LetGo takes away what somebody wrote, if they asked for it: the places stay,
// because others answered there, with a sentence in place of the words. Otherwise
// the words stay under nobody's name. Votes stay in their sums.
func (s *Service) LetGo(tx *db.Tx, g departure.Gone) error {
	if !g.Texts {
		return touchTexts(tx, g.AccountID)
	}
	questions, replies, err := listTexts(tx, g.AccountID)
	if err != nil {
		return err
	}
	for _, id := range questions {
		q, err := lockQuestion(tx, id)
		if err != nil {
			return err
		}
		q.Title, q.Body = wording.Text(q.Lang, "question.taken_title"), wording.Text(q.Lang, "question.taken_words")
		q.BodyHTML, q.Renderer = text.Markdown(q.Body), text.RendererVersion
		if err := replaceQuestion(tx, &q); err != nil {
			return err
		}
		live.Append(tx, channel(q.ID), live.Event{Type: "question.edit", Ref: q.ID, Ver: q.Version})
		if err := search.Put(tx, search.Question, q.ID); err != nil {
			return err
		}
	}
	for _, id := range replies {
		r, err := lockReply(tx, id)
		if err != nil {
			return err
		}
		r.Body = wording.Text(r.Lang, "question.taken_words")
		r.BodyHTML, r.Renderer = text.Markdown(r.Body), text.RendererVersion
		if err := replaceReply(tx, &r); err != nil {
			return err
		}
		live.Append(tx, channel(r.QuestionID), live.Event{Type: "reply.edit", Ref: r.ID, Ver: r.Version})
		if err := search.Put(tx, search.Reply, r.ID); err != nil {
			return err
		}
	}
	return nil
}
