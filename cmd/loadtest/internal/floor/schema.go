package floor

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ddl makes the floor's own schema. The s_ tables are read, the f_ tables are
// written; the indexes are those that the statements of this package need.
const ddl = `
drop schema if exists floor cascade;
create schema floor;
create table floor.s_users   (id bigint primary key, name text not null);
create table floor.s_topics  (id bigint primary key, uid bigint not null, title text not null, body text not null, at timestamptz not null);
create table floor.s_replies (id bigint primary key, tid bigint not null, uid bigint not null, body text not null, at timestamptz not null);
create table floor.f_replies (id bigint generated always as identity primary key, tid bigint not null, uid bigint not null, body text not null, at timestamptz not null);
create table floor.f_topics  (id bigint primary key, n int not null, last timestamptz not null) with (fillfactor = 70);
create table floor.f_votes   (rid bigint, uid bigint, value smallint not null, primary key (rid, uid));
create table floor.f_votes_n (rid bigint primary key, n int not null) with (fillfactor = 50);
create table floor.f_search  (id bigint primary key, tid bigint not null, body text not null, tsv tsvector not null);`

// source is what is copied from the site's tables: how it is read there and
// where it goes.
type source struct {
	query   string
	table   string
	columns []string
}

var sources = []source{
	{`select id, handle from accounts`, "s_users", []string{"id", "name"}},
	{`select id, author_account_id, title, body, published_at from questions where state = 'shown'`, "s_topics", []string{"id", "uid", "title", "body", "at"}},
	{`select id, question_id, author_account_id, body, published_at from replies where state = 'shown'`, "s_replies", []string{"id", "tid", "uid", "body", "at"}},
}

// derived fills the rest from the copies and makes the indexes.
const derived = `
create index on floor.s_replies (tid, id);
create index on floor.s_topics (at desc);
insert into floor.f_topics select t.id, (select count(*) from floor.s_replies r where r.tid = t.id), t.at from floor.s_topics t;
create index on floor.f_replies (tid, id);
insert into floor.f_votes_n select id, 0 from floor.s_replies;
insert into floor.f_search
	select id, tid, body, to_tsvector('simple', body) from floor.s_replies
	union all
	select -id, id, title || E'\n' || body, to_tsvector('simple', title || ' ' || body) from floor.s_topics;
create index on floor.f_search using gin (tsv);`

// Load makes the floor's schema anew and fills it from the site's tables.
func Load(ctx context.Context, pool *pgxpool.Pool) error {
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, ddl); err != nil {
			return err
		}
		for _, s := range sources {
			if err := s.copy(ctx, pool, tx); err != nil {
				return fmt.Errorf("copy %s: %w", s.table, err)
			}
		}
		_, err := tx.Exec(ctx, derived)
		return err
	})
	if err != nil {
		return fmt.Errorf("floor: load: %w", err)
	}
	for _, table := range []string{"s_users", "s_topics", "s_replies", "f_topics", "f_votes_n", "f_search"} {
		if _, err := pool.Exec(ctx, "vacuum analyze "+pgx.Identifier{"floor", table}.Sanitize()); err != nil {
			return fmt.Errorf("floor: analyze %s: %w", table, err)
		}
	}
	return nil
}

// copy streams one source into its table; reading has a connection of its own.
func (s source) copy(ctx context.Context, pool *pgxpool.Pool, tx pgx.Tx) error {
	rows, err := pool.Query(ctx, s.query)
	if err != nil {
		return err
	}
	defer rows.Close()
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"floor", s.table}, s.columns, rows)
	return err
}
