-- +goose Up

-- Whoever left writes no more. A request that was let in before the account went
-- waits for its end, as everything does that names the account, and is then
-- refused: what it would add nobody would ever take away again.
-- +goose StatementBegin
CREATE FUNCTION refuse_who_left(account bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
	left_at timestamptz;
BEGIN
	SELECT closed_at INTO left_at FROM public.accounts WHERE id = account FOR KEY SHARE;
	IF left_at IS NOT NULL THEN
		RAISE EXCEPTION 'account % has left', account USING ERRCODE = 'CA001';
	END IF;
END $$;

CREATE FUNCTION refuse_author_who_left() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
	PERFORM public.refuse_who_left(NEW.author_account_id);
	RETURN NEW;
END $$;

CREATE FUNCTION refuse_owner_who_left() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
	PERFORM public.refuse_who_left(NEW.account_id);
	RETURN NEW;
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION refuse_who_left(bigint), refuse_author_who_left(), refuse_owner_who_left() FROM PUBLIC;

CREATE TRIGGER who_left BEFORE INSERT ON replies FOR EACH ROW EXECUTE FUNCTION refuse_author_who_left();
CREATE TRIGGER who_left_words BEFORE UPDATE OF body ON replies FOR EACH ROW WHEN (OLD.body IS DISTINCT FROM NEW.body) EXECUTE FUNCTION refuse_author_who_left();
CREATE TRIGGER who_left BEFORE INSERT ON questions FOR EACH ROW EXECUTE FUNCTION refuse_author_who_left();
CREATE TRIGGER who_left_words BEFORE UPDATE OF title, body ON questions FOR EACH ROW WHEN (OLD.body IS DISTINCT FROM NEW.body OR OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION refuse_author_who_left();
CREATE TRIGGER who_left BEFORE INSERT ON experience_drafts FOR EACH ROW EXECUTE FUNCTION refuse_owner_who_left();
CREATE TRIGGER who_left BEFORE INSERT ON authorships FOR EACH ROW EXECUTE FUNCTION refuse_owner_who_left();
CREATE TRIGGER who_left BEFORE INSERT ON exports FOR EACH ROW EXECUTE FUNCTION refuse_owner_who_left();
CREATE TRIGGER who_left BEFORE INSERT ON amendments FOR EACH ROW EXECUTE FUNCTION refuse_author_who_left();
CREATE TRIGGER who_left BEFORE INSERT ON package_interests FOR EACH ROW EXECUTE FUNCTION refuse_owner_who_left();
