package main

import (
	"io"

	"github.com/spf13/cobra"
)

func (a *app) ledgerKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys --keys DIR", Args: cobra.NoArgs,
		Short: "Make the keys of a ledger yet to be made",
		Long: `Make the key directory of a ledger that does not exist yet, and nothing else: log.key
and log.vkey, decision.pem, identity.key, and admin.pem of its first administrator. Keys
that are there are left alone. The first ` + "`assize serve`" + ` that is given them makes the
ledger; it needs to read them only, so they may come from a secret.`,
		Example: "  assize ledger keys --keys keys --origin ledger.bank.example/credit",
	}
	f := cmd.Flags()
	dir := f.String("keys", "", "key directory (required)")
	origin := f.String("origin", "", "name of the log, for ever (default assize.dev/local/ and a random number)")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *dir == "" {
			return usage("ledger keys: --keys DIR is required; it names the directory to fill")
		}
		if err := makeKeys(*dir, *origin, nil); err != nil {
			return err
		}
		k, err := loadKeys(*dir)
		if err != nil {
			return err
		}
		if *origin != "" && *origin != k.log.Name() {
			return usage("--origin %s: the keys in %s are of %s already, and a log keeps its name", *origin, *dir, k.log.Name())
		}
		v := map[string]string{"keys": *dir, "origin": k.log.Name(), "log_key": k.log.VerifierKey()}
		return a.emit(cmd, v, func(w io.Writer) error {
			return table(w, [][]string{{"ledger", v["origin"]}, {"keys", *dir}, {"log key", v["log_key"]}})
		})
	}
	return cmd
}
