// Package answer is what a clinic says in public to an experience, and what it
// promised to change.
package answer
