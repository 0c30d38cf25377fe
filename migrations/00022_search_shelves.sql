-- +goose Up

-- Titles stand on shelves, as replies do: 8,192 each, in the order in which they
-- came, whatever their kind. A search of words that many hold looks through the
-- newest shelves until it has enough. Names have a shelf of their own, which
-- every search sees first.
ALTER TABLE search_texts ADD place bigint; -- of a title, in the order of coming; of a reply there is none
CREATE SEQUENCE search_places;

ALTER TABLE search_titles RENAME TO search_titles_before;
ALTER INDEX search_titles_pkey RENAME TO search_titles_before_pkey;
DROP INDEX search_titles_lang, search_titles_simple, search_titles_recent, search_titles_key, search_titles_version;
CREATE TABLE search_titles (
	place         bigint PRIMARY KEY,
	ref_id        bigint NOT NULL,
	entry         bigint NOT NULL,            -- what it is shown under: itself
	weight        double precision NOT NULL,  -- its rank is multiplied by this: verified, quality, age
	kind          smallint NOT NULL,
	config        regconfig NOT NULL,         -- stemmer of tsv_lang
	index_version integer NOT NULL,           -- of the code that made the row
	tsv_lang      tsvector NOT NULL,          -- stems by config
	tsv_simple    tsvector NOT NULL,          -- plain words
	title_key     text NOT NULL               -- folded: an equal search comes first
) PARTITION BY RANGE (place);
-- Vectors stay in the row and uncompressed: ranking reads them.
ALTER TABLE search_titles ALTER tsv_lang SET STORAGE MAIN, ALTER tsv_simple SET STORAGE MAIN;
CREATE INDEX search_titles_lang ON search_titles USING gin (tsv_lang) WITH (gin_pending_list_limit = 2048);
CREATE INDEX search_titles_simple ON search_titles USING gin (tsv_simple) WITH (gin_pending_list_limit = 2048);
CREATE INDEX search_titles_key ON search_titles (title_key);
CREATE INDEX search_titles_version ON search_titles (index_version);
-- The places of names begin at 2^40.
CREATE TABLE search_titles_names PARTITION OF search_titles FOR VALUES FROM (1099511627776) TO (MAXVALUE) WITH (toast_tuple_target = 8160);

-- A shelf of the index, for titles or for replies.
DROP FUNCTION search_shelf(bigint, bigint, bigint);
-- +goose StatementBegin
CREATE FUNCTION search_shelf(what text, number bigint, lowest bigint, beyond bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
	IF what NOT IN ('search_titles', 'search_replies') THEN
		RAISE EXCEPTION 'no shelves of %', what;
	END IF;
	EXECUTE format('CREATE TABLE IF NOT EXISTS public.%I PARTITION OF public.%I FOR VALUES FROM (%s) TO (%s) WITH (toast_tuple_target = 8160)',
		what || '_' || number, what, lowest, beyond);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION search_shelf(text, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_shelf(text, bigint, bigint, bigint) TO caravan_web;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_settle(tables text[], counting boolean) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY tables LOOP
		IF t !~ '^search_(titles|texts|replies)(_[0-9]+|_names)?$' OR to_regclass('public.' || t) IS NULL THEN
			CONTINUE;
		END IF;
		IF counting THEN
			EXECUTE format('ANALYZE public.%I', t);
		ELSE
			PERFORM gin_clean_pending_list(i.indexrelid::regclass) FROM pg_index i
			JOIN pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i' JOIN pg_am a ON a.oid = x.relam AND a.amname = 'gin'
			WHERE i.indrelid = to_regclass('public.' || t);
		END IF;
	END LOOP;
END $$;
-- +goose StatementEnd

-- What there is moves over, in the order in which it was written.
UPDATE search_texts t SET place = o.place FROM (
	SELECT kind, ref_id, CASE WHEN kind IN (3, 4, 5) THEN 1099511627776 ELSE 0 END + row_number() OVER (ORDER BY created_at, kind, ref_id) AS place
	FROM search_texts WHERE kind <> 2) o
WHERE t.kind = o.kind AND t.ref_id = o.ref_id;
SELECT setval('search_places', greatest(1, (SELECT count(*) FROM search_texts WHERE kind <> 2)));
SELECT search_shelf('search_titles', n, n << 13, (n + 1) << 13) FROM generate_series(0, (SELECT last_value >> 13 FROM search_places)) n;
INSERT INTO search_titles (place, ref_id, entry, weight, kind, config, index_version, tsv_lang, tsv_simple, title_key)
SELECT t.place, b.ref_id, b.entry, b.weight, b.kind, b.config, b.index_version, b.tsv_lang, b.tsv_simple, b.title_key
FROM search_titles_before b JOIN search_texts t USING (kind, ref_id) ORDER BY t.place;
DROP TABLE search_titles_before;
ANALYZE search_titles;
