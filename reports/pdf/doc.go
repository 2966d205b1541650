// Package pdf lays a report's document out on A4 pages: a title page with the
// answer, running heads and page numbers, bookmarks, tables whose head is repeated
// where they go on, charts, and text that can be selected and searched. It is pure
// Go; the typefaces are the Go fonts, embedded in part. The same document gives
// the same bytes.
package pdf
