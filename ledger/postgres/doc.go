// Package postgres keeps a ledger in a PostgreSQL database, version 15 or later,
// for any number of processes at once.
//
// There is no leader. A transaction locks the row of the head, sees what others
// appended since, and replaces the head only if it is still the one that was
// locked; entries, tiles, key rows, head and COMMIT go over in one round trip. An
// answer that got lost is resolved by taking the lock again, which waits for a
// commit that is still under way, and by committing once more, so that a
// synchronous standby has everything before it. Entries carry the time of the
// database.
//
// Entries, payloads and tiles cannot be changed or removed: triggers refuse it,
// whoever connects. A payload can be removed by the function erase_payload only,
// which notes the tombstone.
//
// Connections need session state: a pooler in front must pool sessions.
package postgres
