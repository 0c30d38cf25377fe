-- +goose Up

-- Whoever writes a vote, or what somebody says about ties with it, holds the
-- person and the package, and neither is ever removed: keys would only ask again,
-- four times a vote, what is known already.
ALTER TABLE package_votes DROP CONSTRAINT package_votes_person_id_fkey;
ALTER TABLE package_standings DROP CONSTRAINT package_standings_person_id_fkey;
ALTER TABLE package_declarations DROP CONSTRAINT package_declarations_person_id_fkey, DROP CONSTRAINT package_declarations_package_id_fkey;
