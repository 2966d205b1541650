package ledger

import "os"

// Syncing has a guard sync its file by another function.
func Syncing(g *FileGuard, sync func(*os.File) error) { g.sync = sync }
