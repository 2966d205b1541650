package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// ask sends a checkpoint to one witness, with the proof that it extends the one
// the witness cosigned last. A witness that stands elsewhere says where (status
// 409), and is asked once more from there. size is where it stands then.
func (w *witnesser) ask(ctx context.Context, e witnessEntry, c *Checkpoint, known uint64) (lines []byte, size uint64, err error) {
	for again := false; ; again = true {
		if known > c.Size {
			return nil, known, w.behind(ctx, e, c, known)
		}
		proof, err := w.log.Consistency(ctx, known, c.Size)
		if err != nil {
			return nil, known, err
		}
		status, answer, err := w.post(ctx, e.url, known, proof, c.Note)
		switch {
		case err != nil:
			return nil, known, err
		case status == http.StatusOK:
			return answer, c.Size, nil
		case status == http.StatusConflict && !again:
			if known, err = strconv.ParseUint(strings.TrimSuffix(string(answer), "\n"), 10, 64); err != nil {
				return nil, 0, fmt.Errorf("it answered 409 without a size: %q", clip(string(answer)))
			}
		case status == http.StatusConflict:
			return nil, 0, errors.New("it stands elsewhere again: others submit for this log as well")
		case status == http.StatusUnprocessableEntity:
			w.log.logger.ErrorContext(ctx, "a witness cosigned another tree of this log: compare its checkpoint with ours", "witness", e.name, "witness_size", known, "size", c.Size)
			return nil, known, fmt.Errorf("it cosigned %d entries that these do not extend: it was shown another tree of this log", known)
		default:
			return nil, known, fmt.Errorf("it answered with status %d: %s", status, clip(strings.TrimSpace(string(answer))))
		}
	}
}

// behind is met by a checkpoint older than what a witness has cosigned. That is
// another replica's work, or the store is an old copy: then nothing may be signed
// any more.
func (w *witnesser) behind(ctx context.Context, e witnessEntry, c *Checkpoint, known uint64) error {
	h, err := w.log.store.Head(ctx)
	if err != nil {
		return err
	}
	if h.Size < known {
		return w.log.setReadOnly(fmt.Sprintf("witness %s has cosigned %d entries, the store holds %d: it is an old copy; restore the newest one, or replay what is missing with `assize ledger repair --from`", e.name, known, h.Size), nil, false)
	}
	return fmt.Errorf("it has cosigned %d entries already, by way of another replica", known)
}

// post is one add-checkpoint request (c2sp.org/tlog-witness).
func (w *witnesser) post(ctx context.Context, url string, old uint64, proof []Hash, signed []byte) (status int, answer []byte, err error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", old)
	for _, h := range proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteByte('\n')
	b.Write(signed)
	ctx, cancel := context.WithTimeout(ctx, WitnessTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, &b)
	if err != nil {
		return 0, nil, err
	}
	resp, err := w.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, MaxCosignature+1))
	if err == nil && len(answer) > MaxCosignature {
		err = fmt.Errorf("its answer has more than %d bytes: %w", MaxCosignature, ErrTooLarge)
	}
	return resp.StatusCode, answer, err
}
