// Package experience is what happened to somebody who was treated abroad: told
// by the patient, asked again for a year and more.
package experience
