// Package postgrestest runs private PostgreSQL servers for tests: no network,
// no state that is left behind, each ended by its process id. Tests of this
// package's users need initdb and postgres, version 15 or later, on PATH or where
// Debian has them.
package postgrestest
