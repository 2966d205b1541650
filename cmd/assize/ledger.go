package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
)

// maxShownErasures is how many erased entries a check names to a person.
const maxShownErasures = 20

func (a *app) ledger() *cobra.Command {
	return parent("service", "ledger", "Make, check, export and repair a ledger",
		a.ledgerKeys(), a.ledgerInit(), a.ledgerCheck(), a.ledgerExport(), a.ledgerMirror(), a.ledgerBackup(), a.ledgerRestore(), a.ledgerImport(), a.ledgerRepair(), a.ledgerReindex(), a.ledgerRotate())
}

func (a *app) ledgerCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check", Args: cobra.NoArgs,
		Short: "Derive the whole tree again and compare everything with it",
		Long: `Read every entry of a ledger, derive the tree again and compare with it what the store
holds: tiles, head, signed checkpoint, payloads against their commitments, the index,
times, tombstones, and the fork guard's mark if it can be read. It runs beside a service. Exit code 2 when something is wrong.`,
	}
	logKey := addLogKey(cmd)
	skip := cmd.Flags().Bool("skip-payloads", false, "look at the tree and the index only")
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg := a.instanceConfig(cmd)
		cfg.ReadOnly = true
		in, err := openInstance(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		vkey, err := readLogKey(*logKey)
		if err != nil {
			return err
		}
		if vkey == "" {
			if vkey, err = in.pinnedKey(); err != nil {
				return err
			}
		}
		mark, err := in.mark(cmd.Context(), vkey)
		if err != nil {
			return err
		}
		r, err := ledger.Check(cmd.Context(), in.store, vkey, ledger.CheckOptions{SkipPayloads: *skip, Mark: mark, Progress: a.progress("entries")})
		if err != nil {
			return err
		}
		err = a.emit(cmd, checkReportOf(r), func(w io.Writer) error { a.checkText(w, r, vkey); return nil })
		if err == nil && !r.OK() {
			return exit(exitRefused)
		}
		return err
	}
	return cmd
}

// mark reads the fork guard's mark of the log that a key is for. Nil if there is
// none here, as where somebody checks a copy.
func (in *instance) mark(ctx context.Context, vkey string) (*ledger.Mark, error) {
	if vkey == "" {
		return nil, nil
	}
	origin, err := ledger.OriginOf(vkey)
	if err != nil {
		return nil, err
	}
	m, ok, err := ledger.NewFileGuard(in.cfg.Mark).Load(ctx, origin)
	if err != nil || !ok {
		return nil, err
	}
	return &m, nil
}

func (a *app) ledgerInit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "init", Args: cobra.NoArgs,
		Short: "Make a ledger with its keys, without starting a service",
		Long: `Make a ledger as the first ` + "`assize serve`" + ` does: keys, one administrator, a trust that
knows nobody else, the built-in rules and parameters. A ledger that is there is left as
it is.`,
	}
	name := cmd.Flags().String("origin", "", "name of the log, for ever (default assize.dev/local/ and a random number)")
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg := a.instanceConfig(cmd)
		cfg.Create, cfg.Origin = true, *name
		in, err := openInstance(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		v := map[string]string{"store": in.place.String(), "keys": in.cfg.Keys, "origin": in.log.Origin(), "log_key": in.VKey()}
		return a.emit(cmd, v, func(w io.Writer) error {
			return table(w, [][]string{{"ledger", v["origin"]}, {"store", v["store"]}, {"keys", v["keys"]}, {"log key", v["log_key"]}})
		})
	}
	return cmd
}

func (a *app) ledgerExport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export --out DIR", Args: cobra.NoArgs,
		Short: "Write the published log as static files",
		Long: `Write the published log as files that any reader of c2sp.org/tlog-tiles takes as they
are, with log.vkey and the payloads beside the tree. A directory that holds an earlier
export of the same log gets what was added since. It runs beside a service.`,
		Example: "  assize ledger export --out ./export\n  assize verify ledger ./export --log-key log.vkey",
	}
	out := cmd.Flags().String("out", "", "directory, new or with an earlier export (required)")
	logKey := addLogKey(cmd)
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *out == "" {
			return usage("ledger export: --out DIR is required")
		}
		cfg := a.instanceConfig(cmd)
		cfg.ReadOnly = true
		in, err := openInstance(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		vkey, err := readLogKey(*logKey)
		if err == nil && vkey == "" {
			if vkey, err = in.pinnedKey(); err == nil && vkey == "" {
				err = usage("ledger export: %s is not there; name the log's verifier key with --log-key", (&keyring{dir: in.cfg.Keys}).path(fileLogVKey))
			}
		}
		if err != nil {
			return err
		}
		cp, err := ledger.Export(cmd.Context(), in.store, vkey, *out)
		if err != nil {
			return err
		}
		v := map[string]any{"dir": *out, "origin": cp.Origin, "size": cp.Size, "root": hex.EncodeToString(cp.Root[:])}
		return a.emit(cmd, v, func(w io.Writer) error {
			return table(w, [][]string{{"log", cp.Origin}, {"entries", fmt.Sprint(cp.Size)}, {"root", hex.EncodeToString(cp.Root[:])}, {"written to", *out}})
		})
	}
	return cmd
}

// pinnedKey is the verifier key beside the store's other keys, empty when it is
// not there.
func (in *instance) pinnedKey() (string, error) { return pinnedIn(in.cfg.Keys) }

func pinnedIn(keys string) (string, error) {
	k := &keyring{dir: keys}
	if _, err := os.Stat(k.path(fileLogVKey)); err != nil {
		return "", nil
	}
	return readLogKey(k.path(fileLogVKey))
}

type checkReport struct {
	Holds    bool            `json:"holds"`
	Size     uint64          `json:"size"`
	Root     string          `json:"root"` // hex
	Origin   string          `json:"origin,omitempty"`
	Signed   uint64          `json:"signed"` // size of the checkpoint whose signature was verified
	Present  uint64          `json:"present"`
	Erased   uint64          `json:"erased"`
	Missing  uint64          `json:"missing"`
	Erasures []erasureReport `json:"erasures"`
	Findings []string        `json:"findings"`
	More     bool            `json:"more,omitempty"`
}

type erasureReport struct {
	Index uint64 `json:"index"`
	By    uint64 `json:"by"` // tombstone
}

func checkReportOf(r ledger.Report) checkReport {
	v := checkReport{Holds: r.OK(), Size: r.Size, Root: hex.EncodeToString(r.Root[:]), Present: r.Present, Erased: r.Erased, Missing: r.Missing, Erasures: []erasureReport{}, Findings: []string{}, More: r.Truncated}
	if r.Signed != nil {
		v.Origin, v.Signed = r.Signed.Origin, r.Signed.Size
	}
	for _, e := range r.Erasures {
		v.Erasures = append(v.Erasures, erasureReport{e.Index, e.By})
	}
	for _, f := range r.Findings {
		v.Findings = append(v.Findings, f.String())
	}
	return v
}

func (a *app) checkText(w io.Writer, r ledger.Report, vkey string) {
	v := checkReportOf(r)
	if v.Holds {
		fmt.Fprintf(w, "%s  %s\n", a.style.green("HOLDS"), count(v.Size, "entry", "entries"))
	} else {
		fmt.Fprintf(w, "%s  %s in %s\n", a.style.red("DOES NOT HOLD"), count(len(v.Findings), "fault", "faults"), count(v.Size, "entry", "entries"))
	}
	for _, f := range v.Findings {
		fmt.Fprintf(w, "  %s\n", clean(f))
	}
	if v.More {
		fmt.Fprintln(w, "  and more")
	}
	rows := [][]string{{"root", v.Root}, {"payloads", fmt.Sprintf("%d present, %d erased, %d missing", v.Present, v.Erased, v.Missing)}}
	for i, e := range v.Erasures {
		if i == maxShownErasures {
			rows = append(rows, []string{"", fmt.Sprintf("and %d more; --output json lists all", len(v.Erasures)-i)})
			break
		}
		rows = append(rows, []string{"erased", fmt.Sprintf("entry %d at %d", e.Index, e.By)})
	}
	switch {
	case v.Origin != "":
		rows = append(rows, []string{"signed", fmt.Sprintf("%s at size %d", v.Origin, v.Signed)})
	case vkey == "":
		rows = append(rows, []string{"signed", "not checked: no log key; give --log-key"})
	}
	_ = table(w, rows)
}

// progress reports to a terminal how far long work has come, and to nothing else.
func (a *app) progress(what string) func(done, total uint64) {
	s := styleOf(a.stderr)
	if !s.on {
		return nil
	}
	return func(done, total uint64) {
		end := "\r"
		if done == total {
			end = "\n"
		}
		fmt.Fprintf(a.stderr, "\r%d of %d %s%s", done, total, what, strings.Repeat(" ", 4)+end)
	}
}
