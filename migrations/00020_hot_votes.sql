-- +goose Up

-- A vote that is changed and a sum that moves find room beside their old row, so
-- that no index has to learn of it.
ALTER TABLE package_standings SET (fillfactor = 85);
ALTER TABLE package_tallies SET (fillfactor = 50);
