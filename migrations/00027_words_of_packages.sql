-- +goose Up

-- Packages are found by what only they say; what the index holds of them is made
-- anew.
INSERT INTO search_queue (kind, ref_id) SELECT 7, id FROM packages WHERE published_at IS NOT NULL;
