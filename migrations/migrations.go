// Package migrations holds the history of the schema, one SQL file a step,
// forward only, each named after the feature that owns its tables.
package migrations

import "embed"

// FS holds the files for goose.
//
//go:embed *.sql
var FS embed.FS
