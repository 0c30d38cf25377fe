package visit

import (
	"encoding/base64"
	"strconv"
	"strings"

	"caravan/internal/db"
	"caravan/internal/leaf"
	"caravan/internal/translog"
)

// record puts a batch into the public log: how many codes a clinic made for
// which quarter, a root over their hashes, and what it was signed with. Who made
// it, and any single code, stand nowhere in it.
func record(tx *db.Tx, clinic string, b Batch) error {
	i := leaf.Issued{Batch: strconv.FormatInt(b.ID, 10), Clinic: clinic, Quarter: string(b.Quarter), Codes: b.Codes, Root: [32]byte(b.CodesRoot), Day: tx.Now}
	if b.signed != nil {
		var parts []string
		for _, p := range [][]byte{b.signed.PublicKey, b.signed.Data, b.signed.Client, b.signed.Signature.Signature} {
			parts = append(parts, base64.RawURLEncoding.EncodeToString(p))
		}
		i.Signature = strings.Join(parts, ".")
	}
	e := i.Entry()
	return translog.Add(tx, e.Kind, e.Body)
}
