-- +goose Up

-- The domain of an address and those above it, but for the last: whoever has an
-- address at staff.duna.example is at duna.example as well.
-- +goose StatementBegin
CREATE FUNCTION mail_domains(address text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT array_agg(array_to_string(p[i:], '.') ORDER BY i)
	FROM (SELECT string_to_array(lower(split_part(address, '@', 2)), '.') AS p) x, generate_series(1, cardinality(p) - 1) i
$$;
-- +goose StatementEnd
CREATE INDEX identities_domains ON identities USING gin (mail_domains(uid)) WHERE provider = 'email' AND verified_at IS NOT NULL AND retired_at IS NULL;

-- The name of an organisation's own website, without "www".
ALTER TABLE organisations ADD domain text NOT NULL GENERATED ALWAYS AS
	(coalesce(substring(lower(website) from '^https?://(?:www[.])?([^/:?#]+)'), '')) STORED;
CREATE INDEX organisations_domain ON organisations (domain) WHERE domain <> '';

-- A tie that was found out is noted once while it lasts.
CREATE UNIQUE INDEX affiliations_found ON affiliations (person_id, organisation_id, source) WHERE source = 'email_domain' AND valid_to IS NULL;
