package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
)

// Policy says whose cosignatures make a checkpoint one that everybody sees: log,
// witness, group and quorum lines as in c2sp.org/tlog-policy. It is safe for
// concurrent use.
type Policy struct {
	group     witness.Group
	witnesses []witnessEntry
	logs      []string // verifier keys; empty: any log
}

type witnessEntry struct {
	name string
	url  string // of add-checkpoint; empty for a witness that is only read
	key  note.Verifier
}

// ParsePolicy reads a policy file. A policy that is met without any witness has to
// say so with "quorum none", so that a slip of the pen does not switch witnesses
// off; and one key may stand for one witness only.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > MaxPolicy {
		return nil, fmt.Errorf("witness policy: %d bytes, at most %d: %w", len(text), MaxPolicy, ErrTooLarge)
	}
	p := &Policy{}
	var whole bytes.Buffer
	none := false
	for n, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
			continue
		case f[0] == "log" && len(f) >= 2:
			if _, err := OriginOf(f[1]); err != nil {
				return nil, fmt.Errorf("witness policy line %d: %w", n+1, err)
			}
			p.logs = append(p.logs, f[1])
		case f[0] == "witness" && (len(f) == 3 || len(f) == 4):
			url := ""
			if len(f) == 4 {
				url = f[3]
			}
			if url != "" && !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
				return nil, fmt.Errorf("witness policy line %d: %q: want an http or https URL: %w", n+1, clip(url), ErrInvalid)
			}
			w, err := witnessOf(f[1], f[2], url)
			if err != nil {
				return nil, fmt.Errorf("witness policy line %d: %w", n+1, err)
			}
			if slices.ContainsFunc(p.witnesses, func(o witnessEntry) bool {
				return o.key.Name() == w.key.Name() && o.key.KeyHash() == w.key.KeyHash() || url != "" && o.url == w.url
			}) {
				return nil, fmt.Errorf("witness policy line %d: witness %s has the key or the URL of one before it, and would count twice: %w", n+1, clip(f[1]), ErrInvalid)
			}
			if len(p.witnesses) == MaxWitnesses {
				return nil, fmt.Errorf("witness policy line %d: more than %d witnesses: %w", n+1, MaxWitnesses, ErrTooLarge)
			}
			p.witnesses = append(p.witnesses, w)
			if url == "" {
				line += " http://unnamed.invalid/" + f[1] // who only verifies needs no URL
			}
		case f[0] == "quorum":
			none = len(f) == 2 && f[1] == "none"
		}
		whole.WriteString(line + "\n")
	}
	var err error
	if p.group, err = witness.ParsePolicy(whole.Bytes()); err != nil {
		return nil, fmt.Errorf("witness policy: %v: %w", err, ErrInvalid)
	}
	if !none && p.group.Satisfied([]byte("a note that nobody signed")) {
		return nil, fmt.Errorf("witness policy: its quorum is met by no witness at all; say \"quorum none\" if that is meant: %w", ErrInvalid)
	}
	return p, nil
}

// Log reports whether the policy is for the log of a verifier key, or of any of
// several, one a line. A policy without log lines is for every log.
func (p *Policy) Log(vkey string) bool {
	return len(p.logs) == 0 || slices.ContainsFunc(strings.Fields(vkey), func(k string) bool { return slices.Contains(p.logs, k) })
}

// Check reports with ErrWitness that a signed checkpoint lacks cosignatures that
// the policy wants. It does not look at the log's own signature.
func (p *Policy) Check(checkpoint []byte) error {
	if p.group.Satisfied(checkpoint) {
		return nil
	}
	by := p.Cosigners(checkpoint)
	if len(by) == 0 {
		return fmt.Errorf("checkpoint: no witness of the policy cosigned it: %w", ErrWitness)
	}
	return fmt.Errorf("checkpoint: cosigned by %s, which is not the quorum of the policy: %w", strings.Join(by, ", "), ErrWitness)
}

// Cosigners names the witnesses of the policy that cosigned a checkpoint.
func (p *Policy) Cosigners(checkpoint []byte) []string {
	var out []string
	for _, w := range p.witnesses {
		if cosignedBy(checkpoint, w.key) {
			out = append(out, w.name)
		}
	}
	return out
}

// cosignedBy reports whether a note carries the valid signature of a verifier.
func cosignedBy(signed []byte, v note.Verifier) bool {
	n, err := note.Open(signed, note.VerifierList(v))
	return err == nil && len(n.Sigs) == 1
}

// addSignatures appends the signature lines that a witness answered with to a
// note, if its verifier is content with one of them.
func addSignatures(signed, lines []byte, v note.Verifier) ([]byte, error) {
	for line := range bytes.Lines(lines) {
		with := append(slices.Clip(bytes.Clone(signed)), line...)
		if bytes.HasSuffix(line, []byte("\n")) && len(with) <= MaxCheckpoint && cosignedBy(with, v) {
			return with, nil
		}
	}
	return nil, errors.New("its answer holds no valid cosignature of the key in the policy")
}
