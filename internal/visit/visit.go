// Package visit is how somebody shows that a treatment took place, without
// showing who they are.
package visit
