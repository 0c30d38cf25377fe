-- +goose Up

-- What was sent once and may arrive again (package db).
CREATE TABLE idempotency_keys (
	scope      text NOT NULL,              -- who: an account or a form cookie
	route      text NOT NULL,
	key        text NOT NULL,
	body_hash  bytea NOT NULL,
	ref_id     bigint NOT NULL DEFAULT 0,
	address    text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL,
	PRIMARY KEY (scope, route, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Token buckets of the limits (package httpd). Losing them in a crash costs
-- nothing, so they skip the write-ahead log.
CREATE UNLOGGED TABLE buckets (
	key    text PRIMARY KEY,
	tokens double precision NOT NULL,
	at     timestamptz NOT NULL
);
CREATE INDEX buckets_age ON buckets (at);
