package bench

import "fmt"

// costLines are rows f, g and h of the table.
func (h *host) costLines(floors, ours []cost, binary float64) []line {
	lines := []line{h.fanLine(floors, ours), h.memoryLine(floors, ours)}
	resting := func(c cost) float64 { return float64(c.rss) / (1 << 20) }
	first := func(c cost) float64 { return float64(c.first.Milliseconds()) }
	of := func(id, work, unit string, value func(cost) float64, most float64) {
		f, o := median(floors, value), median(ours, value)
		lines = append(lines, line{
			ID: id, Work: work, Floor: fmt.Sprintf("%.0f %s", f, unit), Ours: fmt.Sprintf("%.0f %s", o, unit), Ratio: o / f,
			Bar: fmt.Sprintf("≤ %.0f %s", most, unit), Verdict: met(o <= most), Others: -1,
		})
	}
	of("h", "idle memory of the process, without the database", "MB", resting, 50)
	of("h", "start to the first answer (home page), database running", "ms", first, 300)
	size := binary / (1 << 20)
	lines = append(lines, line{ID: "h", Work: "program without symbols", Ours: fmt.Sprintf("%.0f MB", size), Bar: "≤ 60 MB", Verdict: met(size <= 60), Others: -1, Floor: "–"})
	var wanted []line
	for _, l := range lines {
		if h.wants(l.ID) {
			wanted = append(wanted, l)
		}
	}
	return wanted
}

func met(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// fanLine is row f. The floor commits nothing: its time counts from the request.
func (h *host) fanLine(floors, ours []cost) line {
	f := median(floors, func(c cost) float64 { return c.fan.Last })
	o := median(ours, func(c cost) float64 { return c.fan.Commit })
	whole := median(ours, func(c cost) float64 { return c.fan.Last })
	last := ours[len(ours)-1].fan
	l := line{
		ID: "f", Work: fmt.Sprintf("one reply to %d sockets, commit to last receipt (%d B)", last.Sockets, last.Bytes),
		Floor: fmt.Sprintf("%.1f ms", f), Ours: fmt.Sprintf("%.1f ms (%.1f from the request)", o, whole), Ratio: o / f, Bar: "≤ 1.2 ×", Verdict: met(o <= 1.2*f),
		CPU:    fmt.Sprintf("%.0f + %.0f + %.0f ms", last.App, last.DB, last.Generate),
		Others: max(last.Others, floors[len(floors)-1].fan.Others),
	}
	missed, dropped := 0, 0
	for _, c := range ours {
		missed, dropped = missed+c.fan.Missed, dropped+c.fan.Dropped
	}
	if missed > 0 || dropped > 0 {
		l.Verdict, l.Note = no, fmt.Sprintf("%d replies did not reach every socket, %d sockets were closed by the server", missed, dropped)
	}
	return l
}

// memoryLine is row g.
func (h *host) memoryLine(floors, ours []cost) line {
	per := func(c cost) float64 { return c.idle.PerSocket() }
	f, o := median(floors, per), median(ours, per)
	l := line{
		ID: "g", Work: fmt.Sprintf("memory of an idle socket with one subscription, of %d", ours[0].idle.Sockets),
		Floor: fmt.Sprintf("%.1f KB", f), Ours: fmt.Sprintf("%.1f KB", o), Ratio: o / f, Bar: "≤ 10 KB", Verdict: met(o <= 10), Others: -1,
	}
	for _, c := range ours {
		if c.idle.Failed > 0 {
			l.Verdict, l.Note = no, fmt.Sprintf("%d sockets could not be opened", c.idle.Failed)
		}
	}
	return l
}
