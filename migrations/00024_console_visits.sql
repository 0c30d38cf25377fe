-- +goose Up

-- From which devices and networks the people of an organisation used its console
-- in the last 30 days: keyed hashes alone, and nothing of who it was.
CREATE TABLE console_visits (
	organisation_id bigint NOT NULL REFERENCES organisations,
	what            text NOT NULL CHECK (what IN ('device', 'network')),
	hash            bytea NOT NULL,
	first_at        timestamptz NOT NULL,
	seen_at         timestamptz NOT NULL, -- to the hour
	PRIMARY KEY (organisation_id, what, hash)
);
CREATE INDEX console_visits_hash ON console_visits (hash) WHERE what = 'device';
CREATE INDEX console_visits_seen ON console_visits (seen_at);
