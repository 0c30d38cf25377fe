// Package chart draws figures as SVG on the server: with a title, a description
// and a table beside each drawing, and without scripts.
package chart
