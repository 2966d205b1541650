package postgres

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/assize-dev/assize/ledger"
	"github.com/jackc/pgx/v5/pgconn"
)

// classify says what a caller can act on.
func classify(verb string, err error) error {
	if err == nil {
		return nil
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var connecting *pgconn.ConnectError
		var network net.Error
		if errors.As(err, &connecting) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) {
			return fmt.Errorf("%s: %v: %w", verb, plain(err), ledger.ErrUnavailable)
		}
		return fmt.Errorf("%s: %w", verb, err)
	}
	switch e.Code { // PostgreSQL 15 documentation, appendix A
	case "57P01", "57P02", "57P03", "57P05", "53300", "25006", "25P03":
		// admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout,
		// too_many_connections, read_only_sql_transaction (a standby),
		// idle_in_transaction_session_timeout
		return fmt.Errorf("%s: %v: %w", verb, plain(err), ledger.ErrUnavailable)
	case "53100": // disk_full
		return fmt.Errorf("%s: %v: %w", verb, err, ledger.ErrFull)
	case "55P03": // lock_not_available
		return fmt.Errorf("%s: other writers hold the head for too long: %w", verb, ledger.ErrBusy)
	case "XX001", "XX002": // data_corrupted, index_corrupted
		return fmt.Errorf("%s: %v: %w", verb, err, ledger.ErrCorrupt)
	}
	return fmt.Errorf("%s: %w", verb, err)
}
