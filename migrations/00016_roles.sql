-- +goose Up

-- Whoever migrates owns everything. The site itself acts in the role
-- caravan_web, which can add to the record but neither rewrite nor remove it, and
-- the sequencer of the public log in caravan_signer, which sees nothing but the log.
-- The roles themselves belong to the whole server and are there by now.
CREATE SCHEMA IF NOT EXISTS river; -- the queue's tables come after these files
GRANT USAGE ON SCHEMA public, river TO caravan_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, river TO caravan_web;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public, river TO caravan_web;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public, river TO caravan_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO caravan_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA river GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO caravan_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO caravan_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA river GRANT USAGE, SELECT ON SEQUENCES TO caravan_web;

-- What happened is added to, never changed.
REVOKE UPDATE, DELETE ON moderation_decisions, moderation_appeals, consents, answer_edits, question_edits, reply_edits, tombstones,
	package_steps, package_items, package_versions, package_version_items, amendment_responses, package_votes FROM caravan_web;
-- What people told changes only by its own rules, and is never dropped.
REVOKE DELETE ON experiences, answers, changes, questions, replies, moderation_cases, reports, organisations, persons,
	packages, amendments, package_commitments, package_journeys, package_verdicts, visit_batches FROM caravan_web;
-- The public log is written by the sequencer alone; features hand in what is to
-- be recorded.
REVOKE ALL ON log_outbox, log_leaves, log_hashes, log_head, log_openings FROM caravan_web;
GRANT INSERT ON log_outbox TO caravan_web;
GRANT SELECT ON log_leaves, log_hashes, log_head TO caravan_web;
GRANT SELECT, INSERT ON log_openings TO caravan_web;
REVOKE UPDATE, DELETE ON goose_db_version FROM caravan_web;

GRANT USAGE ON SCHEMA public TO caravan_signer;
GRANT SELECT, DELETE ON log_outbox TO caravan_signer;
GRANT SELECT, INSERT ON log_leaves, log_hashes TO caravan_signer;
GRANT SELECT, INSERT, UPDATE ON log_head TO caravan_signer;

-- The words and the salt of an opening can be destroyed, and that shows; they
-- cannot be replaced.
-- +goose StatementBegin
CREATE FUNCTION log_erase(of_kind text, of_ref text, on_day date) RETURNS integer
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
	WITH gone AS (
		UPDATE public.log_openings SET salt = NULL, body = NULL, erased_on = on_day
		WHERE kind = of_kind AND ref = of_ref AND erased_on IS NULL RETURNING 1
	) SELECT count(*)::integer FROM gone
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION log_erase_version(of_kind text, of_ref text, of_version integer, on_day date) RETURNS integer
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
	WITH gone AS (
		UPDATE public.log_openings SET salt = NULL, body = NULL, erased_on = on_day
		WHERE kind = of_kind AND ref = of_ref AND version = of_version AND erased_on IS NULL RETURNING 1
	) SELECT count(*)::integer FROM gone
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION log_erase(text, text, date), log_erase_version(text, text, integer, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log_erase(text, text, date), log_erase_version(text, text, integer, date) TO caravan_web;

-- Upkeep of the search index, which otherwise only an owner may do: what was just
-- written goes from the pending lists into the indexes, and the planner counts anew.
-- +goose StatementBegin
CREATE FUNCTION search_settle(tables text[], counting boolean) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY tables LOOP
		IF t !~ '^search_(titles|texts|replies)(_[0-9]+)?$' OR to_regclass('public.' || t) IS NULL THEN
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
REVOKE EXECUTE ON FUNCTION search_settle(text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_settle(text[], boolean) TO caravan_web;

-- A shelf of the index for replies of a range of ids.
-- +goose StatementBegin
CREATE FUNCTION search_shelf(number bigint, lowest bigint, beyond bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
	EXECUTE format('CREATE TABLE IF NOT EXISTS public.%I PARTITION OF public.search_replies FOR VALUES FROM (%s) TO (%s) WITH (toast_tuple_target = 8160)',
		'search_replies_' || number, lowest, beyond);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION search_shelf(bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_shelf(bigint, bigint, bigint) TO caravan_web;
