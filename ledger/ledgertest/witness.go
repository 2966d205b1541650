package ledgertest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/assize-dev/assize/ledger"
)

// Witness is a witness as c2sp.org/tlog-witness has it, for one log, in memory. It
// checks what it signs, so that a client that sends the wrong thing is found out;
// testdata/foreign has the client meet one that was written by others.
type Witness struct {
	URL  string
	VKey string

	logKey string
	signer *fnote.Signer

	mu    sync.Mutex // guards what follows
	size  uint64
	root  ledger.Hash
	known bool
	down  bool
}

// NewWitness starts a witness for the log of a verifier key. It ends with the test.
func NewWitness(tb testing.TB, name, logKey string) *Witness {
	tb.Helper()
	w, stop, err := StartWitness(name, logKey)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(stop)
	return w
}

// StartWitness is NewWitness without a test to end with.
func StartWitness(name, logKey string) (w *Witness, stop func(), err error) {
	skey, vkey, err := note.GenerateKey(nil, name)
	if err != nil {
		return nil, nil, err
	}
	signer, err := fnote.NewSignerForCosignatureV1(skey)
	if err != nil {
		return nil, nil, err
	}
	cosig, err := fnote.VKeyToCosignatureV1(vkey)
	if err != nil {
		return nil, nil, err
	}
	w = &Witness{VKey: cosig, logKey: logKey, signer: signer}
	s := httptest.NewServer(w)
	w.URL = s.URL
	return w, s.Close, nil
}

// Down makes the witness answer nothing but 503, or answer again.
func (w *Witness) Down(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

// Size is of the tree it cosigned last.
func (w *Witness) Size() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size
}

// Set has it believe that it cosigned another tree.
func (w *Witness) Set(size uint64, root ledger.Hash) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.size, w.root, w.known = size, root, true
}

// ServeHTTP answers add-checkpoint.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	head, signed, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	old, oldErr := strconv.ParseUint(strings.TrimPrefix(lines[0], "old "), 10, 64)
	switch {
	case w.down:
		http.Error(rw, "down", http.StatusServiceUnavailable)
		return
	case err != nil || !ok || r.URL.Path != "/add-checkpoint" || r.Method != http.MethodPost || oldErr != nil || len(lines) > 64:
		http.Error(rw, "malformed", http.StatusBadRequest)
		return
	}
	cp, err := ledger.ParseCheckpoint(signed, w.logKey)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusForbidden)
		return
	}
	if old != w.size {
		rw.Header().Set("Content-Type", "text/x.tlog.size")
		rw.WriteHeader(http.StatusConflict)
		fmt.Fprintf(rw, "%d\n", w.size)
		return
	}
	var proof []ledger.Hash
	for _, l := range lines[1:] {
		h, err := base64.StdEncoding.DecodeString(l)
		if err != nil || len(h) != 32 {
			http.Error(rw, "malformed proof", http.StatusBadRequest)
			return
		}
		proof = append(proof, ledger.Hash(h))
	}
	root := w.root
	if !w.known {
		root = ledger.EmptyHead().Root
	}
	if err := ledger.VerifyConsistency(old, root, cp.Size, cp.Root, proof); err != nil {
		http.Error(rw, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	cosigned, err := note.Sign(&note.Note{Text: text + "\n"}, w.signer)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	w.size, w.root, w.known = cp.Size, cp.Root, true
	_, sig, _ := bytes.Cut(cosigned, []byte("\n\n"))
	_, _ = rw.Write(sig)
}

// Policy is a policy over witnesses of which so many make the quorum.
func Policy(tb testing.TB, quorum int, ws ...*Witness) *ledger.Policy {
	tb.Helper()
	p, err := ledger.ParsePolicy([]byte(PolicyText(quorum, ws...)))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// PolicyText is the same as a file.
func PolicyText(quorum int, ws ...*Witness) string {
	var b strings.Builder
	names := ""
	for i, w := range ws {
		fmt.Fprintf(&b, "witness w%d %s %s\n", i+1, w.VKey, w.URL)
		names += fmt.Sprintf(" w%d", i+1)
	}
	fmt.Fprintf(&b, "group enough %d%s\nquorum enough\n", quorum, names)
	return b.String()
}
