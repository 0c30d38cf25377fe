// Package feedback holds public comment from elsewhere about an organisation.
// It is shown as what it is, and never counted as an experience.
package feedback
