package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
)

// copyOf opens what entries can be copied from: a URL, an exported directory, a
// backup file, or another store.
func (a *app) copyOf(ctx context.Context, where string) (ledger.Copy, func() error, error) {
	none := func() error { return nil }
	switch {
	case where == "":
		return nil, none, usage("--from is required: a backup file, an exported directory, or the URL of one or of a service")
	case strings.HasPrefix(where, "http://"), strings.HasPrefix(where, "https://"), isDirectory(where):
		return ledger.OpenMirror(where, nil), none, nil
	case isStore(where):
		in, err := openInstance(ctx, instanceConfig{Store: where, ReadOnly: true, Logger: a.messages()})
		if err != nil {
			return nil, none, err
		}
		return in.store, in.Close, nil
	}
	b, err := ledger.OpenBackup(where)
	if err != nil {
		return nil, none, err
	}
	return b, b.Close, nil
}

// anchor is the pinned log key: the one that was named, else the one among the
// store's keys. Without one nothing that is copied could be proven.
func (a *app) anchor(named, keys string) (string, error) {
	vkey, err := readLogKey(named)
	if err != nil || vkey != "" {
		return vkey, err
	}
	if all := (&keyring{dir: keys}).path(fileLogVKeys); isThere(all) { // a copy may be from before a rotation
		return readLogKey(all)
	}
	if vkey, err = pinnedIn(keys); err == nil && vkey == "" {
		err = usage("there is no %s among the keys of the store; name the log's verifier key with --log-key", fileLogVKey)
	}
	return vkey, err
}

func (a *app) ledgerBackup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "backup --out FILE", Args: cobra.NoArgs,
		Short: "Write the published log into one file, beside a service",
		Long: `Write everything the published log holds into one file: entries, payloads, salts and
identities, up to a signed checkpoint, with a checksum at its end. It runs beside a
service, of either kind of store, and either kind of store can be restored from it.
Keys are not in it: back the key directory up apart, without ` + "`log.mark`" + `.`,
		Example: "  assize ledger backup --out assize-2026-11-23.backup",
	}
	out := cmd.Flags().String("out", "", "file, which must not be there yet (required)")
	logKey := addLogKey(cmd)
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if *out == "" {
			return usage("ledger backup: --out FILE is required")
		}
		cfg := a.instanceConfig(cmd)
		cfg.ReadOnly = true
		in, err := openInstance(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		vkey, err := a.anchor(*logKey, in.cfg.Keys)
		if err != nil {
			return err
		}
		if _, err := os.Stat(*out); err == nil {
			return fmt.Errorf("%s is there already; name another file: %w", *out, fs.ErrExist)
		}
		cp, err := writeBackup(cmd.Context(), in, vkey, *out, a.progress("entries"))
		if err != nil {
			return err
		}
		v := map[string]any{"file": *out, "origin": cp.Origin, "size": cp.Size, "root": hex.EncodeToString(cp.Root[:])}
		return a.emit(cmd, v, func(w io.Writer) error {
			return table(w, [][]string{{"log", cp.Origin}, {"entries", fmt.Sprint(cp.Size)}, {"root", hex.EncodeToString(cp.Root[:])}, {"written to", *out}})
		})
	}
	return cmd
}

// writeBackup makes the file appear whole or not at all.
func writeBackup(ctx context.Context, in *instance, vkey, path string, progress func(done, total uint64)) (cp ledger.Checkpoint, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return cp, err
	}
	defer os.Remove(f.Name()) // gone when the link succeeded
	cp, err = ledger.WriteBackup(ctx, in.store, vkey, f, progress)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return cp, err
	}
	return cp, os.Rename(f.Name(), path)
}

func (a *app) ledgerRestore() *cobra.Command {
	return a.ledgerTake(&cobra.Command{
		Use: "restore --from FILE|DIR|URL", Args: cobra.NoArgs,
		Short: "Make a new store from a backup, an export or a mirror",
		Long: `Make a new store that holds a copied log: a backup file, an exported directory, or the
URL of one. Nothing is written before the copy is proven: its entries make the tree that
its checkpoint signs under the pinned log key, every payload is the one of its leaf, and
what was erased stays erased.

With the key directory beside it, the log opens on the new store if the copy reaches the
fork guard's mark. If it does not, the log opens read-only, and says how to go on.`,
		Example: "  assize ledger restore --from assize-2026-11-23.backup --store sqlite:new.db --keys keys",
	}, true)
}

func (a *app) ledgerImport() *cobra.Command {
	return a.ledgerTake(&cobra.Command{
		Use: "import --from DIR|URL|FILE", Args: cobra.NoArgs,
		Short: "Add the entries a copy of the log has beyond this store",
		Long: `Bring a store up to a copy of its log: a tlog-tiles tree with payloads beside it
(exported directory, its URL, a service), or a backup file. The store may be new; then it
becomes a copy that can be searched and judged on, without keys, for reading. Tombstones
among the new entries erase what they name. Nothing is written before it is proven.`,
		Example: "  assize ledger import --from https://mirror.example/log --store sqlite:copy.db --log-key log.vkey",
	}, false)
}

func (a *app) ledgerTake(cmd *cobra.Command, fresh bool) *cobra.Command {
	from := cmd.Flags().String("from", "", "backup file, exported directory, or URL of one or of a service (required)")
	logKey := addLogKey(cmd)
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		src, done, err := a.copyOf(cmd.Context(), *from)
		if err != nil {
			return err
		}
		defer done()
		cfg, err := storeOf(a.instanceConfig(cmd))
		if err != nil {
			return err
		}
		vkey, err := a.anchor(*logKey, cfg.Keys)
		if err != nil {
			return err
		}
		got, err := a.take(cmd.Context(), cfg, src, vkey, fresh, nil)
		if err != nil {
			return err
		}
		return a.emit(cmd, takenOf(got), func(w io.Writer) error { return table(w, takenRows(got)) })
	}
	return cmd
}

// take imports into a store that nobody has open.
func (a *app) take(ctx context.Context, cfg instanceConfig, src ledger.Copy, vkey string, fresh bool, mark *ledger.Mark) (ledger.Imported, error) {
	store, err := openStore(ctx, cfg)
	if err != nil {
		return ledger.Imported{}, err
	}
	defer store.Close()
	head, err := store.Head(ctx)
	if err != nil {
		return ledger.Imported{}, err
	}
	if fresh && head.Size > 0 {
		return ledger.Imported{}, usage("the store holds %d entries; restore into a new one, or add what it lacks with `assize ledger import`", head.Size)
	}
	return ledger.Import(ctx, store, src, vkey, ledger.ImportOptions{Mark: mark, Progress: a.progress("entries")})
}

type taken struct {
	From   uint64 `json:"from"`
	Size   uint64 `json:"size"`
	Added  uint64 `json:"added"`
	Erased int    `json:"erased"` // payloads that new tombstones removed
	Root   string `json:"root"`   // hex
}

func takenOf(i ledger.Imported) taken {
	return taken{From: i.From, Size: i.To, Added: i.To - i.From, Erased: i.Erased, Root: hex.EncodeToString(i.Root[:])}
}

func takenRows(i ledger.Imported) [][]string {
	v := takenOf(i)
	rows := [][]string{{"added", count(v.Added, "entry", "entries")}, {"holds", count(v.Size, "entry", "entries")}, {"root", v.Root + ", as signed"}}
	if v.Erased > 0 {
		rows = append(rows, []string{"erased", count(v.Erased, "payload", "payloads") + " that a tombstone among them names"})
	}
	return rows
}

func (a *app) ledgerMirror() *cobra.Command {
	cmd := &cobra.Command{
		Use: "mirror --from URL --out DIR", Args: cobra.NoArgs,
		Short: "Keep a copy of somebody's log as static files",
		Long: `Fetch what a log has beyond the copy in a directory, hold every file against the signed
checkpoint, and check that the new tree extends the one that is there. Any file server
can serve the directory, any tlog-tiles reader reads it, and ` + "`assize ledger repair`" + ` heals
a store from it. Payloads come along where the log serves them.

A log that does not extend the copy was forked: exit code 2, and the directory is left as
it is, with the old checkpoint as evidence.`,
		Example: "  assize ledger mirror --from http://127.0.0.1:8710 --out mirror --log-key log.vkey --every 1m",
	}
	from := cmd.Flags().String("from", "", "URL or exported directory to follow (required)")
	out := cmd.Flags().String("out", "", "directory, new or with an earlier state (required)")
	every := cmd.Flags().Duration("every", 0, "go on, and look again after so long (default once)")
	logKey := addLogKey(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *from == "" || *out == "" {
			return usage("ledger mirror: --from URL and --out DIR are required")
		}
		vkey, err := readLogKey(*logKey)
		if err == nil && vkey == "" {
			if vkey, err = readLogKey(filepath.Join(*out, "log.vkey")); err != nil {
				err = usage("ledger mirror: pin the log's verifier key with --log-key; later rounds find it in the directory")
			}
		}
		if err != nil {
			return err
		}
		for {
			cp, err := ledger.OpenMirror(*from, nil).Follow(cmd.Context(), vkey, *out)
			if err != nil && (*every == 0 || errors.Is(err, ledger.ErrCorrupt) || errors.Is(err, ledger.ErrProof) || cmd.Context().Err() != nil) {
				return err
			}
			if err != nil {
				a.note("assize: %v; trying again in %s", err, *every)
			} else {
				v := map[string]any{"dir": *out, "origin": cp.Origin, "size": cp.Size, "root": hex.EncodeToString(cp.Root[:])}
				err := a.emit(cmd, v, func(w io.Writer) error {
					return table(w, [][]string{{"log", cp.Origin}, {"entries", fmt.Sprint(cp.Size)}, {"root", hex.EncodeToString(cp.Root[:])}, {"kept in", *out}})
				})
				if err != nil || *every == 0 {
					return err
				}
			}
			select {
			case <-time.After(*every):
			case <-cmd.Context().Done():
				return nil
			}
		}
	}
	return cmd
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
