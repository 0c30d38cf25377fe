// Package internal holds Caravan. Its map is architecture_test.go: the layers,
// who may import what, and which package writes which table.
package internal
