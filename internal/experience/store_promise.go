package experience

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"caravan/internal/db"
)

// ofProcedure says that experience e is of the procedure `?`: as its main one,
// or as another that was performed.
const ofProcedure = `(e.procedure_id = ? OR EXISTS (SELECT FROM experience_procedures p WHERE p.experience_id = e.id AND p.procedure_id = ? AND p.state IN ('performed', 'added_on_arrival')))`

func listTreated(q *db.Tx, persons []int64, procedureID int64) (ids []int64, err error) {
	err = q.Gorm().Raw(`SELECT DISTINCT a.person_id FROM authorships a JOIN experiences e ON e.id = a.experience_id
		WHERE a.person_id IN ? AND e.state = 'published' AND e.level >= ? AND `+ofProcedure,
		persons, provenLevel, procedureID, procedureID).Scan(&ids).Error
	return ids, db.Wrap("experience: list treated", err)
}

// treatedSQL stands with its level as indexes have it: with a value in its place
// a plan that is made once could not use them. The procedure at the first place is
// the experience's own.
var treatedSQL = fmt.Sprintf(`
	SELECT a.person_id, e.procedure_id, coalesce(x.procedure_id, e.procedure_id) FROM authorships a JOIN experiences e ON e.id = a.experience_id
	LEFT JOIN experience_procedures x ON x.experience_id = e.id AND x.position > 0 AND x.state IN ('performed', 'added_on_arrival')
	WHERE a.person_id = ANY ($1) AND e.state = 'published' AND e.level >= %d`, provenLevel)

func askTreated(persons []int64, treated map[[2]int64]bool) db.Statement {
	return db.Statement{SQL: treatedSQL, Args: []any{persons}, Row: func(r pgx.Rows) error {
		var person, first, other int64
		err := r.Scan(&person, &first, &other)
		treated[[2]int64{person, first}], treated[[2]int64{person, other}] = true, true
		return err
	}}
}

type followed struct {
	ID           int64
	Level        int
	Quarter      string
	DischargeDay string // as it was told; empty if it was not
}

func findFollowed(q *db.Tx, personID, organisationID, procedureID int64, quarter string) (f followed, ok bool, err error) {
	res := q.Gorm().Raw(`SELECT e.id, e.level, e.quarter, coalesce(s.answers -> 'discharge_day' ->> 0, '') AS discharge_day
		FROM authorships a JOIN experiences e ON e.id = a.experience_id LEFT JOIN experience_sealed s ON s.experience_id = e.id
		WHERE a.person_id = ? AND e.organisation_id = ? AND e.state = 'published' AND e.quarter >= ? AND `+ofProcedure+`
		ORDER BY e.level >= ? DESC, e.quarter, e.id LIMIT 1`, personID, organisationID, quarter, procedureID, procedureID, provenLevel).Scan(&f)
	return f, res.RowsAffected > 0, db.Wrap("experience: find followed", res.Error)
}
