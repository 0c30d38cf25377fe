// Package translog is the public log: what happened to what people told, and
// what was promised, in an order that nobody can change afterwards without
// strangers finding out.
//
//	record.go     what features call, in the transaction of the act itself
//	store.go      SQL
//
// A feature writes an entry to the outbox in the same transaction as the act, so
// that there is no act without its entry. The log's own loop gives it a place in
// the tree, signs the new head and publishes it, in this order: what was signed
// is never unknown to the database.
//
// Nothing personal stands in an entry. What must be hidden is bound by a
// commitment whose salt and body are kept apart and can be destroyed.
package translog
