-- +goose Up

-- A vote is cast by whoever is signed in with an account of a person that its
-- transaction holds, and accounts are closed, never removed: a key would only ask
-- that again, with a lock on the account's row, for each line of the log.
ALTER TABLE package_votes DROP CONSTRAINT package_votes_account_id_fkey;

-- What a voter was treated for is asked with every vote, and answered by these
-- alone: experiences themselves are wide. Nearly all have no further procedure.
DROP INDEX authorships_person;
CREATE INDEX authorships_person ON authorships (person_id) INCLUDE (experience_id);
CREATE INDEX experiences_proven ON experiences (id) INCLUDE (procedure_id) WHERE state = 'published' AND level >= 2;
CREATE INDEX experience_procedures_further ON experience_procedures (experience_id) INCLUDE (procedure_id, state) WHERE position > 0;
