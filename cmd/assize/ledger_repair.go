package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
)

// ledgerRepair heals what the fork guard refuses: a store that ends before what
// was signed gets the missing entries from a copy, and a mark that was lost is
// started anew.
func (a *app) ledgerRepair() *cobra.Command {
	cmd := &cobra.Command{
		Use: "repair --from FILE|DIR|URL | --accept-head", Args: cobra.NoArgs,
		Short: "Bring an old store up to what was signed, or start a lost mark anew",
		Long: `A store that was put back from a backup, or failed over with a loss, ends before the
newest head that was signed, and the log opens read-only. With --from the exact missing
entries are replayed from a copy of the log: a mirror, an export, a backup. Nothing is
written before it is proven that they and the store make the tree that was signed; what
was erased meanwhile is erased again. Stop the service first.

A log whose mark is lost opens read-only as well: nobody can tell whether its store is
the newest copy, and signing from an older one would fork the log. With --accept-head you
say that it is the newest. Compare its size with the newest checkpoint anybody keeps
first. A mark that is there is never replaced.`,
		Example: "  assize ledger repair --from https://mirror.example/log\n  assize ledger repair --accept-head",
	}
	from := cmd.Flags().String("from", "", "copy of the log that reaches what was signed: mirror, export or backup")
	accept := cmd.Flags().Bool("accept-head", false, "this store is the newest copy there is, and its mark is lost")
	logKey := addLogKey(cmd)
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !*accept && *from == "" {
			return usage("ledger repair: --from names a copy to replay what is missing from; or --accept-head is required: it says that this store is the newest copy, and its mark was lost")
		}
		ctx, cfg := cmd.Context(), a.instanceConfig(cmd)
		v, rows := map[string]any{}, [][]string{}
		if *from != "" {
			got, err := a.replayMissing(ctx, cfg, *from, *logKey)
			if err != nil {
				return err
			}
			v["replayed"] = takenOf(got)
			rows = takenRows(got)
		}
		in, err := openInstance(ctx, cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		why := in.log.ReadOnlyReason()
		switch {
		case why == "" && *from == "":
			return fmt.Errorf("%s takes entries; there is nothing to repair", in.path)
		case why != "" && !*accept:
			return fmt.Errorf("%s still takes no entries: %s", in.path, why)
		case why != "":
			if err := in.log.Initialise(ctx); err != nil {
				return err
			}
			v["was"] = why
			rows = append(rows, []string{"was", why})
		}
		size, root, _, err := in.log.Head(ctx)
		if err != nil {
			return err
		}
		v["size"], v["root"] = size, fmt.Sprintf("%x", root)
		return a.emit(cmd, v, func(w io.Writer) error {
			return table(w, append(rows, []string{"now", fmt.Sprintf("marked at size %d", size)}, []string{"root", fmt.Sprintf("%x", root)}))
		})
	}
	return cmd
}

// replayMissing adds what a copy has beyond the store, once it is sure that the
// copy reaches what was signed.
func (a *app) replayMissing(ctx context.Context, cfg instanceConfig, from, logKey string) (ledger.Imported, error) {
	cfg, err := storeOf(cfg)
	if err != nil {
		return ledger.Imported{}, err
	}
	vkey, err := a.anchor(logKey, cfg.Keys)
	if err != nil {
		return ledger.Imported{}, err
	}
	probe := cfg
	probe.ReadOnly = true // repairing makes no store where there is none
	in, err := openInstance(ctx, probe)
	if err != nil {
		return ledger.Imported{}, err
	}
	if err := in.Close(); err != nil {
		return ledger.Imported{}, err
	}
	src, done, err := a.copyOf(ctx, from)
	if err != nil {
		return ledger.Imported{}, err
	}
	defer done()
	origin, err := ledger.OriginOf(vkey)
	if err != nil {
		return ledger.Imported{}, err
	}
	mark, marked, err := ledger.NewFileGuard(cfg.Mark).Load(ctx, origin)
	if err != nil {
		return ledger.Imported{}, err
	}
	if !marked {
		return a.take(ctx, cfg, src, vkey, false, nil)
	}
	return a.take(ctx, cfg, src, vkey, false, &mark)
}

func (a *app) ledgerReindex() *cobra.Command {
	cmd := &cobra.Command{
		Use: "reindex", Args: cobra.NoArgs,
		Short: "Make the key index again from the leaves",
		Long: `Make the index by which entries are found again from leaves and identities, in one
transaction. The tree, the leaves and the payloads are not touched. It needs the ledger
to itself: stop the service first.`,
	}
	addStore(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in, err := openInstance(cmd.Context(), a.instanceConfig(cmd))
		if err != nil {
			return err
		}
		defer in.Close()
		if err := in.store.Reindex(cmd.Context()); err != nil {
			return err
		}
		a.note("assize: the index of %s is made again; `assize ledger check` compares it with the leaves", in.path)
		return nil
	}
	return cmd
}
