package sqlite

import (
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/keyrow"
)

// The rows of the key index, by the names this package has for them.
type (
	row    = keyrow.Row
	filter = keyrow.Filter
)

const rowSize = keyrow.Size

func makeRow(k ledger.Key, index uint64) row { return keyrow.Make(k, index) }

func lastRow(k ledger.Key) row { return keyrow.Last(k) }

func rowIndex(b []byte) uint64 { return keyrow.Index(b) }

func searchRows(rows, r []byte) int { return keyrow.Search(rows, r) }

func newFilter(rows int) filter { return keyrow.NewFilter(rows) }
