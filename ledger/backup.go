package ledger

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"time"

	"github.com/transparency-dev/merkle/compact"
)

// A backup is one file that holds a published log whole: what Export writes, in
// one stream that needs no room but its own and that either store restores.
//
//	assize-backup/v1 <LF> verifier key <LF>
//	for each entry in order: 'E', leaf, identity (32 bytes), then 'P', salt
//	    (32 bytes), payload; or 'X', tombstone
//	'C', signed checkpoint, SHA-256 of all before
//
// Lengths and the tombstone are unsigned varints, before what they measure. A file
// without its end is one that was not written to the end.
const backupMagic = "assize-backup/v1\n"

// backupWait is how often a backup looks for the checkpoint over a tombstone that
// came while it was written, and how long.
const (
	backupPause = 50 * time.Millisecond
	backupWait  = time.Minute
)

// WriteBackup writes the published log beside a writer, and returns the checkpoint
// it ends with. An entry that is erased meanwhile takes its tombstone along: the
// backup goes on to the first checkpoint that covers it.
func WriteBackup(ctx context.Context, r Copy, vkey string, w io.Writer, progress func(done, total uint64)) (Checkpoint, error) {
	c, err := writeBackup(ctx, r, vkey, w, progress)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("back up ledger: %w", err)
	}
	return c, nil
}

func writeBackup(ctx context.Context, r Copy, vkey string, w io.Writer, progress func(done, total uint64)) (Checkpoint, error) {
	b := &backupWriter{w: bufio.NewWriterSize(w, 1<<20), sum: sha256.New(), edge: ranges().NewEmptyRange(0)}
	first, _, _ := strings.Cut(strings.TrimSpace(vkey), "\n") // of several, the one in use
	b.put([]byte(backupMagic + strings.TrimSpace(first) + "\n"))
	until := time.Now().Add(backupWait)
	for {
		signed, err := r.Checkpoint(ctx)
		if err != nil {
			return Checkpoint{}, err
		}
		if signed == nil {
			return Checkpoint{}, fmt.Errorf("the log has no checkpoint yet; open it once for writing: %w", ErrNotFound)
		}
		c, err := ParseCheckpoint(signed, vkey)
		if err != nil {
			return Checkpoint{}, err
		}
		for b.next < c.Size {
			if err := b.entries(ctx, r, min(b.next+rangeChunk, c.Size)); err != nil {
				return Checkpoint{}, err
			}
			if progress != nil {
				progress(b.next, c.Size)
			}
		}
		if b.tombstone < c.Size {
			return c, b.end(c)
		}
		if time.Now().After(until) {
			return Checkpoint{}, fmt.Errorf("entry %d erases one that is in the backup, and no checkpoint covers it: %w", b.tombstone, ErrNotFound)
		}
		select {
		case <-time.After(backupPause):
		case <-ctx.Done():
			return Checkpoint{}, ctx.Err()
		}
	}
}

type backupWriter struct {
	w         *bufio.Writer
	sum       hash.Hash
	err       error
	next      uint64
	tombstone uint64 // the highest that was met
	edge      *compact.Range
}

func (b *backupWriter) put(p []byte) {
	if b.err == nil {
		_, b.err = b.w.Write(p)
		b.sum.Write(p)
	}
}

func (b *backupWriter) number(n uint64) { b.put(binary.AppendUvarint(nil, n)) }

func (b *backupWriter) block(p []byte) {
	b.number(uint64(len(p)))
	b.put(p)
}

func (b *backupWriter) entries(ctx context.Context, r Copy, to uint64) error {
	err := r.Entries(ctx, b.next, to, true, func(s Stored) error {
		if s.Index != b.next {
			return fmt.Errorf("entry %d is not there, entry %d follows: %w", b.next, s.Index, ErrCorrupt)
		}
		b.put([]byte{'E'})
		b.block(s.Leaf)
		b.put(s.Identity[:])
		switch s.State {
		case Present:
			b.put([]byte{'P'})
			b.put(s.Salt[:])
			b.block(s.Payload)
		case Erased:
			b.put([]byte{'X'})
			b.number(s.ErasedBy)
			b.tombstone = max(b.tombstone, s.ErasedBy)
		default:
			return fmt.Errorf("the payload of entry %d is MISSING; run the ledger check: %w", s.Index, ErrCorrupt)
		}
		hash := HashLeaf(s.Leaf)
		b.next++
		return errors.Join(b.err, b.edge.Append(hash[:], nil))
	})
	if err == nil && b.next < to {
		err = fmt.Errorf("the store ends at entry %d, %d were signed: %w", b.next, to, ErrCorrupt)
	}
	return err
}

// end writes the checkpoint, if it is that of what was written.
func (b *backupWriter) end(c Checkpoint) error {
	root := emptyRoot()
	if c.Size > 0 {
		r, err := b.edge.GetRootHash(nil)
		if err != nil {
			return err
		}
		root = Hash(r)
	}
	if root != c.Root {
		return fmt.Errorf("the %d entries hash to %x, signed was %x; run the ledger check: %w", c.Size, root, c.Root, ErrCorrupt)
	}
	b.put([]byte{'C'})
	b.block(c.Note)
	b.put(b.sum.Sum(nil))
	return errors.Join(b.err, b.w.Flush())
}

// Backup is a backup file, read as a Copy. It is safe for concurrent use.
type Backup struct {
	file   *os.File
	vkey   string
	signed []byte
	size   uint64
	start  int64            // of the first entry
	at     map[uint64]int64 // where an entry begins, for one in rangeChunk
}

var _ Copy = (*Backup)(nil)

// OpenBackup opens a backup file and reads it once, to see that it is whole.
// ErrInvalid if it is not a backup, ErrCorrupt if it is cut off or altered.
func OpenBackup(path string) (*Backup, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b := &Backup{file: f, at: make(map[uint64]int64)}
	if err := b.scan(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("open backup %s: %w", path, err)
	}
	return b, nil
}

// Close closes the file.
func (b *Backup) Close() error { return b.file.Close() }

// LogKey is the verifier key that the backup was written under. Who has it from
// there alone trusts whoever wrote it.
func (b *Backup) LogKey() string { return b.vkey }

// Checkpoint returns the checkpoint it ends with.
func (b *Backup) Checkpoint(context.Context) ([]byte, error) { return b.signed, nil }

func (b *Backup) scan() error {
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("it is a directory: %w", ErrInvalid)
	}
	sum := sha256.New()
	r := &backupReader{r: bufio.NewReaderSize(b.file, 1<<20), sum: sum}
	if magic := r.bytes(len(backupMagic)); r.err != nil || string(magic) != backupMagic {
		return fmt.Errorf("it does not begin with %q: %w", strings.TrimSpace(backupMagic), ErrInvalid)
	}
	for {
		c := r.bytes(1)
		if r.err != nil || len(b.vkey) > MaxLabel {
			return fmt.Errorf("no verifier key in its second line: %w", ErrInvalid)
		}
		if c[0] == '\n' {
			break
		}
		b.vkey += string(c)
	}
	for b.start = r.n; ; b.size++ {
		at := r.n
		switch r.tag() {
		case 'E':
			if b.size%rangeChunk == 0 {
				b.at[b.size] = at
			}
			r.entry(nil)
		case 'C':
			b.signed = bytes.Clone(r.block(MaxCheckpoint))
			want := sum.Sum(nil)
			if got := r.bytes(sha256.Size); r.err == nil && !bytes.Equal(got, want) {
				return fmt.Errorf("its checksum does not match: it was altered since it was written: %w", ErrCorrupt)
			}
			if r.err == nil {
				if _, err := r.r.ReadByte(); err == nil {
					return fmt.Errorf("there are bytes behind its end, at byte %d: %w", r.n, ErrCorrupt)
				}
			}
			if r.err != nil {
				return r.fault()
			}
			return nil
		default:
			r.fail("an entry or the checkpoint")
		}
		if r.err != nil {
			return r.fault()
		}
	}
}

// Entries reads the file from the entry on, or a little before it.
func (b *Backup) Entries(ctx context.Context, from, to uint64, payloads bool, fn func(Stored) error) error {
	if to = min(to, b.size); from >= to {
		return nil
	}
	near := from / rangeChunk * rangeChunk
	r := &backupReader{r: bufio.NewReaderSize(io.NewSectionReader(b.file, b.at[near], 1<<62), 1<<20), n: b.at[near]}
	for i := near; i < to; i++ {
		if i%rangeChunk == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if r.tag() != 'E' {
			r.fail("an entry")
		}
		s := Stored{Index: i}
		r.entry(&s)
		if r.err != nil {
			return r.fault()
		}
		if !payloads {
			s = Stored{Index: i, Leaf: s.Leaf, Identity: s.Identity}
		}
		if i < from {
			continue
		}
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// backupReader walks over the records; after the first fault it stands still.
type backupReader struct {
	r    *bufio.Reader
	sum  hash.Hash // nil: not needed
	n    int64
	err  error
	leaf []byte // memory of the entry before
	data []byte
}

func (r *backupReader) fault() error {
	if errors.Is(r.err, io.EOF) || errors.Is(r.err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it ends at byte %d, before its checkpoint: it was not written to the end: %w", r.n, ErrCorrupt)
	}
	return fmt.Errorf("at byte %d: %w", r.n, r.err)
}

func (r *backupReader) fail(want string) {
	if r.err == nil {
		r.err = fmt.Errorf("want %s: %w", want, ErrCorrupt)
	}
}

func (r *backupReader) into(p []byte) []byte {
	if r.err != nil {
		return p
	}
	n, err := io.ReadFull(r.r, p)
	r.n += int64(n)
	if r.err = err; err == nil && r.sum != nil {
		r.sum.Write(p)
	}
	return p
}

func (r *backupReader) bytes(n int) []byte { return r.into(make([]byte, n)) }

func (r *backupReader) tag() byte { return r.bytes(1)[0] }

func (r *backupReader) number(most uint64, what string) uint64 {
	var b []byte
	for r.err == nil && len(b) < binary.MaxVarintLen64 {
		b = append(b, r.tag())
		if b[len(b)-1] < 0x80 {
			break
		}
	}
	n, read := binary.Uvarint(b)
	if r.err == nil && (read != len(b) || len(b) == 0 || n > most || !bytes.Equal(binary.AppendUvarint(nil, n), b)) {
		r.fail(fmt.Sprintf("%s of at most %d", what, most))
	}
	return n
}

func (r *backupReader) block(most uint64) []byte {
	n := r.number(most, "a length")
	if r.err != nil {
		return nil
	}
	return r.bytes(int(n))
}

// reuse is block into memory that is there.
func (r *backupReader) reuse(mem *[]byte, most uint64) []byte {
	n := int(r.number(most, "a length"))
	if r.err != nil {
		return nil
	}
	if cap(*mem) < n {
		*mem = make([]byte, n)
	}
	return r.into((*mem)[:n])
}

// entry reads an entry behind its tag. Its slices are valid until the next one.
func (r *backupReader) entry(s *Stored) {
	var none Stored
	if s == nil {
		s = &none
	}
	s.Leaf = r.reuse(&r.leaf, MaxLeaf)
	r.into(s.Identity[:])
	switch r.tag() {
	case 'P':
		s.State = Present
		r.into(s.Salt[:])
		s.Payload = r.reuse(&r.data, MaxPayload)
	case 'X':
		s.State = Erased
		s.ErasedBy = r.number(1<<63, "a tombstone")
	default:
		r.fail("a payload or a tombstone")
	}
}
