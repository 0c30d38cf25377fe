-- +goose Up

-- What is to be recorded in the public log: written in the transaction of the
-- act itself, so that there is no act without its entry. The log's own loop
-- gives each a place.
CREATE TABLE log_outbox (
	id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	kind       text NOT NULL,
	body       bytea NOT NULL,               -- canonical JSON of the leaf, at most 60,000 bytes
	daily      boolean NOT NULL,             -- waits for the shuffled batch of its day
	created_on date NOT NULL,                -- no finer: the order of writing would say who wrote
	seq        bigint,                       -- their order; null for the daily ones, which have none
	CHECK (daily = (seq IS NULL))
);
CREATE SEQUENCE log_outbox_seq OWNED BY log_outbox.seq;
CREATE INDEX log_outbox_next ON log_outbox (seq) WHERE NOT daily;

CREATE TABLE log_leaves (
	idx        bigint PRIMARY KEY,           -- from 0, without gaps
	outbox_id  uuid NOT NULL UNIQUE,
	kind       text NOT NULL,
	about_kind text NOT NULL,                -- what it is about: experience, answer, package, clinic …
	about_ref  text NOT NULL,                -- its public id
	clinic     text NOT NULL DEFAULT '',     -- slug of the clinic that it concerns
	removal    boolean NOT NULL,             -- it took something out of sight, or away
	body       bytea NOT NULL,
	leaf_hash  bytea NOT NULL CHECK (length(leaf_hash) = 32),
	day        date NOT NULL
);
CREATE INDEX log_leaves_kind ON log_leaves (kind, idx);
CREATE INDEX log_leaves_about ON log_leaves (about_ref, about_kind, idx);
CREATE INDEX log_leaves_removals ON log_leaves (idx) WHERE removal;
CREATE INDEX log_leaves_removals_of ON log_leaves (clinic, idx) WHERE removal;

-- Hashes of the tree by golang.org/x/mod/sumdb/tlog's StoredHashIndex.
CREATE TABLE log_hashes (
	storage_index bigint PRIMARY KEY,
	hash          bytea NOT NULL CHECK (length(hash) = 32)
);

-- The head of the tree, and the last one that was signed and published: what is
-- to be signed is recorded before it is.
CREATE TABLE log_head (
	one          boolean PRIMARY KEY DEFAULT true CHECK (one),
	public_key   text NOT NULL,              -- of the log; whoever has another one does not sign
	size         bigint NOT NULL,
	root         bytea NOT NULL CHECK (length(root) = 32),
	daily_on     date,                       -- when the last daily batch went in
	signed_size  bigint NOT NULL DEFAULT 0,
	note         bytea,                      -- the checkpoint, with the signatures of witnesses
	signed_at    timestamptz,
	witnessed_at timestamptz,                -- when enough witnesses last signed
	alone_since  timestamptz,                -- since when they have not
	CHECK (signed_size <= size)
);

-- What a commitment in a leaf is opened with: the published words and the salt.
-- Both are destroyed when their author takes them away; the row then says so.
CREATE TABLE log_openings (
	kind      text NOT NULL,                 -- experience, answer
	ref       text NOT NULL,                 -- public id of the thing
	version   integer NOT NULL,
	commit    bytea NOT NULL CHECK (length(commit) = 32), -- as it stands in the entry, and stays there
	salt      bytea CHECK (length(salt) = 32),
	body      jsonb,
	erased_on date,
	PRIMARY KEY (kind, ref, version),
	CHECK ((erased_on IS NULL) = (salt IS NOT NULL AND body IS NOT NULL))
);

-- +goose StatementBegin
CREATE FUNCTION log_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is added to, never changed or removed', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER log_leaves_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON log_leaves FOR EACH STATEMENT EXECUTE FUNCTION log_stays();
CREATE TRIGGER log_hashes_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON log_hashes FOR EACH STATEMENT EXECUTE FUNCTION log_stays();
