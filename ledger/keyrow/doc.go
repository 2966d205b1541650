// Package keyrow is the row of a ledger's key index as bytes, and the filter
// that says of a stretch of rows that a key is not among them. Both stores keep
// their index in it.
package keyrow
