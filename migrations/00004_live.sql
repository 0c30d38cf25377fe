-- +goose Up

-- A channel's counter (package live). Every event takes its number from this
-- row and keeps the row locked until commit: when number n can be seen, every
-- number below n is committed, and a rollback gives its number back.
CREATE TABLE live_channels (
	channel text PRIMARY KEY,               -- 'question:42', 'user:9', 'clinic:5'
	top_seq bigint NOT NULL DEFAULT 0,
	low_seq bigint NOT NULL DEFAULT 0       -- events up to here were purged
) WITH (fillfactor = 50);                   -- the counter is rewritten in place

-- What happened, in the order of its channel. Ids and small public facts, never
-- a text that somebody wrote and never HTML: what is shown is looked up when it
-- is sent, so that what was hidden since stays hidden.
CREATE TABLE live_events (
	channel text NOT NULL,
	seq     bigint NOT NULL,
	type    text NOT NULL,                  -- reply.new, reply.edit, reply.hide, vote.sum …
	ref_id  bigint,
	ver     integer,
	data    jsonb,
	at      timestamptz NOT NULL,
	PRIMARY KEY (channel, seq)
);
-- Rows arrive in the order of time, so the purge finds the old ones through a
-- few pages and posting pays next to nothing.
CREATE INDEX live_events_age ON live_events USING brin (at);

-- Values the whole installation shares.
CREATE TABLE settings (
	key   text PRIMARY KEY,
	value text NOT NULL
);
-- The epoch names this history of the channels. After a restore from a backup
-- numbers are given a second time, so a restore must change it: open pages then
-- load anew instead of trusting their position.
INSERT INTO settings (key, value) VALUES ('live_epoch', left(replace(gen_random_uuid()::text, '-', ''), 8));
