package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger"
)

// witnessFlags say who cosigns the checkpoints of a service.
type witnessFlags struct {
	policy   *string
	required *bool
}

func addWitnesses(cmd *cobra.Command) witnessFlags {
	f := cmd.Flags()
	return witnessFlags{
		policy:   f.String("witnesses", "", "policy file (c2sp.org/tlog-policy) of the witnesses that cosign checkpoints"),
		required: f.Bool("witnesses-required", false, "show and acknowledge nothing before their quorum has cosigned it"),
	}
}

// config reads the policy; nil when none is named.
func (w witnessFlags) config() (*ledger.Witnessing, error) {
	if *w.policy == "" {
		if *w.required {
			return nil, usage("--witnesses-required: name the witnesses with --witnesses FILE")
		}
		return nil, nil
	}
	p, err := readPolicy(*w.policy)
	if err != nil {
		return nil, err
	}
	return &ledger.Witnessing{Policy: p, Required: *w.required}, nil
}

func readPolicy(path string) (*ledger.Policy, error) {
	text, err := readBounded(path, ledger.MaxPolicy)
	if err != nil {
		return nil, err
	}
	p, err := ledger.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// witnessPolicy is whose cosignatures whoever verifies wants to see.
type witnessPolicy struct{ path *string }

func addWitnessPolicy(cmd *cobra.Command) witnessPolicy {
	return witnessPolicy{cmd.Flags().String("witnesses", "", "policy file (c2sp.org/tlog-policy): want the checkpoint cosigned by its quorum")}
}

func (w witnessPolicy) given() bool { return *w.path != "" }

// check wants the quorum under a checkpoint, and names who cosigned. Without a
// policy nothing is wanted.
func (w witnessPolicy) check(checkpoint []byte, vkey string) ([]string, error) {
	if !w.given() {
		return []string{}, nil
	}
	p, err := readPolicy(*w.path)
	if err != nil {
		return nil, err
	}
	if vkey != "" && !p.Log(vkey) {
		return nil, usage("--witnesses %s: its log lines do not name the log %s", *w.path, strings.Join(strings.Fields(vkey), ", "))
	}
	if err := p.Check(checkpoint); err != nil {
		return nil, err
	}
	return p.Cosigners(checkpoint), nil
}

// checkCosigned wants the quorum under the checkpoint that a log shows.
func (a *app) checkCosigned(cmd *cobra.Command, where, vkey string, policy witnessPolicy, r *staticReport) error {
	src, done, err := a.copyOf(cmd.Context(), where)
	if err != nil {
		return err
	}
	defer done()
	signed, err := src.Checkpoint(cmd.Context())
	if err != nil {
		return err
	}
	if vkey != "" { // it may be a newer one than was checked
		if _, err := ledger.ParseCheckpoint(signed, vkey); err != nil {
			return err
		}
	}
	by, err := policy.check(signed, vkey)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	r.Notes = append(r.Notes, "the checkpoint is cosigned by "+strings.Join(by, ", "))
	return nil
}
