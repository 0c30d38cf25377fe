package account

import (
	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// listMailDomains reads where confirmed addresses are, of those that where finds
// by its one argument.
func listMailDomains(q *db.Tx, where string, arg any) (all []MailDomain, err error) {
	err = q.All(db.Statement{SQL: `
		SELECT a.person_id, d.domain, bool_or(d.n = 1), min(i.verified_at) FROM identities i JOIN accounts a ON a.id = i.account_id
			CROSS JOIN LATERAL unnest(mail_domains(i.uid)) WITH ORDINALITY AS d (domain, n)
		WHERE i.provider = 'email' AND i.verified_at IS NOT NULL AND i.retired_at IS NULL AND a.closed_at IS NULL AND ` + where + `
		GROUP BY a.person_id, d.domain ORDER BY a.person_id, d.domain`, Args: []any{arg}, Row: func(r pgx.Rows) error {
		var m MailDomain
		err := r.Scan(&m.PersonID, &m.Domain, &m.Own, &m.Since)
		all = append(all, m)
		return err
	}})
	return all, db.Wrap("account: list domains", err)
}
