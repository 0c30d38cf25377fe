package live

import "github.com/prometheus/client_golang/prometheus"

// metrics are the counters of one hub. Worth an alarm: deliver p99 above 1 s,
// resets above 5 % of resumes, position_check gaps above 0.1 % of events (the
// bus loses), 4008 above 0.5 % of connections an hour, append p99 above 50 ms.
type metrics struct {
	conns, polls, subs prometheus.Gauge
	handshakes         *prometheus.CounterVec // result
	closed             *prometheus.CounterVec // code
	revoked            prometheus.Counter

	deliver, append, busLag prometheus.Histogram   // seconds
	resume                  *prometheus.CounterVec // result
	replay, queue           prometheus.Histogram   // events, bytes
	gaps                    *prometheus.CounterVec // where
	duplicates, reads       prometheus.Counter
	events, panics          prometheus.Counter
	dropped                 *prometheus.CounterVec // kind
	drain                   prometheus.Gauge       // seconds
}

func newMetrics(r prometheus.Registerer) *metrics {
	var all []prometheus.Collector
	add := func(c prometheus.Collector) { all = append(all, c) }
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		add(g)
		return g
	}
	count := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		add(c)
		return c
	}
	by := func(name, help, label string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
		add(c)
		return c
	}
	spread := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
		add(h)
		return h
	}
	seconds := prometheus.ExponentialBuckets(0.0005, 2, 16) // 0.5 ms to 16 s
	m := &metrics{
		conns:      gauge("live_conns", "Open sockets."),
		polls:      gauge("live_polls", "Waiting long polls."),
		subs:       gauge("live_subs", "Subscriptions of sockets and polls."),
		handshakes: by("live_handshakes_total", "Handshakes by result.", "result"),
		closed:     by("live_closed_total", "Closed sockets by close code; client when the other side left.", "code"),
		revoked:    count("live_auth_revoked_total", "Subscriptions and sockets ended because a right or a session ended."),
		deliver:    spread("live_deliver_seconds", "From the commit to the write to the last socket of the node.", seconds),
		append:     spread("live_append_seconds", "Wait for the row of a channel.", seconds),
		busLag:     spread("live_bus_lag_seconds", "From the commit to hearing of it.", seconds),
		resume:     by("live_resume_total", "Answers to subscriptions: ring, db, none (nothing was missed), reset.", "result"),
		replay:     spread("live_replay_events", "Events in an answer to a subscription.", prometheus.ExponentialBuckets(1, 2, 10)),
		queue:      spread("live_queue_bytes", "Bytes waiting for a socket, when one more message had to wait.", prometheus.ExponentialBuckets(256, 4, 7)),
		gaps:       by("live_gap_detected_total", "Events found missing, by who noticed.", "where"),
		duplicates: count("live_dup_dropped_total", "Announcements of what was known already."),
		reads:      count("live_reads_total", "Statements sent to the database by the hub."),
		events:     count("live_events_total", "Events handed to the members of their channel."),
		panics:     count("live_panics_total", "Panics survived."),
		dropped:    by("live_dropped_total", "Messages that were not sent or not heeded, by kind.", "kind"),
		drain:      gauge("live_drain_seconds", "How long the last drain took."),
	}
	if r != nil {
		r.MustRegister(all...)
	}
	return m
}
