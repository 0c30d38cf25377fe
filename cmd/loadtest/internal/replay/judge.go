package replay

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"caravan/cmd/loadtest/internal/oracle"
	"caravan/cmd/loadtest/internal/quantile"
	"caravan/cmd/loadtest/internal/site"
	"caravan/cmd/loadtest/internal/texts"
)

// readBack reads every question's replies over the API, in order of the
// questions.
func (r *run) readBack(ctx context.Context) ([]site.Page, error) {
	pages := make([]site.Page, len(r.questions))
	for i, q := range r.questions {
		var err error
		if pages[i], err = r.Site.AllReplies(ctx, q.ID); err != nil {
			return nil, fmt.Errorf("replay: read back: %w", err)
		}
	}
	return pages, nil
}

// judge compares what was sent, what is stored and what every reader applied.
// The readers have ended; late names those that did not catch up. What explains
// most comes first.
func (r *run) judge(pages []site.Page, late []oracle.Difference) []oracle.Difference {
	var found []oracle.Difference
	for i := range r.posts {
		found = append(found, r.judgePost(i)...)
	}
	for i, page := range pages {
		found = append(found, r.judgeStored(i, page)...)
	}
	for _, c := range r.readers {
		found = append(found, c.faults...)
	}
	found = append(found, late...)
	for _, c := range r.readers {
		for i, page := range pages {
			found = append(found, r.judgeReader(c, i, page)...)
		}
	}
	return found
}

// judgePost judges the answer to one text: the accepted ones must be answered
// 2xx, the others 422.
func (r *run) judgePost(i int) []oracle.Difference {
	t, p := r.Texts[i], r.posts[i]
	where := fmt.Sprintf("text %d %q", t.Number, texts.Brief(t.Raw))
	switch {
	case t.Refuse && p.status != http.StatusUnprocessableEntity:
		return []oracle.Difference{{Where: where, What: fmt.Sprintf("must be refused with 422 (%s), got %d %s", t.Why, p.status, p.problem)}}
	case !t.Refuse && p.id == 0:
		return []oracle.Difference{{Where: where, What: fmt.Sprintf("not accepted after %d tries: %d %s", p.tries, p.status, p.problem)}}
	case p.doubled != "":
		return []oracle.Difference{{Where: where, What: p.doubled}}
	}
	return nil
}

// judgeStored compares the texts sent to question i with what the API shows.
func (r *run) judgeStored(i int, page site.Page) []oracle.Difference {
	var sent []oracle.Sent
	for n, p := range r.posts {
		if p.question == i && !r.Texts[n].Refuse && p.id != 0 {
			sent = append(sent, oracle.Sent{Number: r.Texts[n].Number, ID: p.id, Want: r.Texts[n].Want})
		}
	}
	stored := make([]oracle.Stored, len(page.Replies))
	for n, reply := range page.Replies {
		stored[n] = oracle.Stored{ID: reply.ID, Position: reply.Position, Source: reply.Source}
	}
	return oracle.Replies(r.questions[i].Channel, sent, stored, texts.Brief)
}

// judgeReader compares what c applied of question i with the channel.
func (r *run) judgeReader(c *reader, i int, page site.Page) []oracle.Difference {
	channel := r.questions[i].Channel
	where := c.name() + ", " + channel
	applied := c.records[channel].applied
	positions := make(map[int64]int64, len(page.Replies))
	for _, reply := range page.Replies {
		positions[reply.Position] = reply.ID
	}
	found := oracle.Sequence(where, applied, page.Top)
	found = append(found, oracle.Published(where, applied, positions)...)
	return append(found, oracle.Same(where, r.readers[0].records[channel].applied, applied)...)
}

// receipts are the times from the start of each post to its receipt by each
// reader: by readers that were connected, and by all, those included that got
// it when they came back from a cut.
func (r *run) receipts() (live, all []time.Duration) {
	began := make(map[int64]time.Duration, len(r.posts))
	for _, p := range r.posts {
		if p.id != 0 {
			began[p.id] = p.began
		}
	}
	for _, c := range r.readers {
		for _, rec := range c.records {
			for i, a := range rec.applied {
				start, ok := began[a.Reply]
				if !ok {
					continue
				}
				took := rec.arrivals[i].at - start
				all = append(all, took)
				if !rec.arrivals[i].resumed {
					live = append(live, took)
				}
			}
		}
	}
	return live, all
}

// report sums up the run.
func (r *run) report(found []oracle.Difference) Report {
	out := Report{
		Texts: len(r.Texts), Seconds: r.took.Seconds(), People: r.People, Questions: r.Questions, Clients: r.Clients,
		Differences: len(found), First: found[:min(len(found), shown)],
	}
	var answers []time.Duration
	for _, t := range r.Texts {
		if t.Masked {
			out.Masked++
		}
	}
	for i, p := range r.posts {
		out.Retries += p.tries - 1
		switch {
		case p.id != 0:
			out.Accepted++
			answers = append(answers, p.answered-p.began)
		case r.Texts[i].Refuse && p.status == http.StatusUnprocessableEntity:
			out.Refused = append(out.Refused, Refusal{r.Texts[i].Number, r.Texts[i].Why, texts.Brief(r.Texts[i].Raw)})
		}
	}
	for _, c := range r.readers {
		out.add(c.counts)
		out.Events += int(c.count.Load())
	}
	out.PerSecond = float64(out.Accepted) / out.Seconds
	live, all := r.receipts()
	out.Answer = percentiles(answers)
	out.Receipt, out.ReceiptAll = percentiles(live), percentiles(all)
	return out
}

func percentiles(d []time.Duration) Percentiles {
	q := quantile.Durations(d, 0.5, 0.99, 1)
	return Percentiles{N: len(d), P50: ms(q[0]), P99: ms(q[1]), Max: ms(q[2])}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
