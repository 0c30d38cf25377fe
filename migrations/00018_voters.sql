-- +goose Up

-- Asked with every vote: to whom its voter said to be tied, and whether the
-- voter has had the treatment.
CREATE INDEX package_declarations_ties ON package_declarations (person_id) WHERE tie <> 'none';
CREATE INDEX authorships_person ON authorships (person_id);

-- Whoever writes a vote holds its package, and the version is the package's
-- newest; neither is ever removed. A key here would only ask, once per vote and
-- on the rows that all voters share, what is known already.
ALTER TABLE package_votes DROP CONSTRAINT package_votes_package_id_fkey, DROP CONSTRAINT package_votes_version_id_fkey;
ALTER TABLE package_standings DROP CONSTRAINT package_standings_package_id_fkey, DROP CONSTRAINT package_standings_version_id_fkey;
