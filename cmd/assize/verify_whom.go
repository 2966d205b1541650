package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
)

// anybody is the principal of entries made up for one call: whoever holds the key,
// the certificate or the identity that was named.
const anybody = "anybody"

// whom is who is named to trust on the command line.
type whom struct {
	file, key, chain, identity, issuer string
	roots                              []string
}

func addWhom(cmd *cobra.Command) *whom {
	w := &whom{}
	f := cmd.Flags()
	f.StringVar(&w.file, "trust", "", "trust file")
	f.StringVar(&w.key, "key", "", "public key (PEM) that must have signed")
	f.StringVar(&w.chain, "cert-chain", "", "certificate authority (PEM) that must have certified the signer")
	f.StringVar(&w.identity, "identity", "", "Sigstore identity that must have signed: exact, or a pattern ^...$")
	f.StringVar(&w.issuer, "issuer", "", "OIDC issuer of the identity, exact")
	f.StringArrayVar(&w.roots, "trusted-root", nil, "Sigstore trusted root (JSON); repeatable")
	cmd.MarkFlagsMutuallyExclusive("trust", "key", "cert-chain", "identity")
	cmd.MarkFlagsMutuallyExclusive("trust", "trusted-root")
	return w
}

func (w *whom) named() bool { return w.file+w.key+w.chain+w.identity != "" }

// check refuses half a name: an identity that anybody could have issued is none.
func (w *whom) check() error {
	switch {
	case (w.identity == "") != (w.issuer == ""):
		return usage("--identity and --issuer go together: an identity is what one issuer vouches for")
	case w.identity != "" && len(w.roots) == 0:
		return usage("--identity needs --trusted-root: the trusted root of the Sigstore instance, which `assize trust update` fetches")
	case len(w.roots) > 0 && !w.named():
		return usage("--trusted-root says nobody may sign: name whom to trust with --identity and --issuer, --key or --cert-chain")
	}
	return nil
}

// trust reads the trust file, or makes a trust of what was named in its place.
func (w *whom) trust() (*attest.Trust, error) {
	if w.file != "" {
		text, err := readBounded(w.file, attest.MaxTrust)
		if err != nil {
			return nil, err
		}
		t, err := attest.ParseTrust(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.file, err)
		}
		return t, nil
	}
	entry := map[string]any{"principal": anybody, "roles": attest.Roles(), "about": []string{attest.AnySystem}}
	path := ""
	switch {
	case w.key != "":
		path = w.key
		text, err := readBounded(path, maxKeyFile)
		if err != nil {
			return nil, err
		}
		entry["key"] = string(text)
	case w.chain != "":
		path = w.chain
		text, err := readBounded(path, maxKeyFile)
		if err != nil {
			return nil, err
		}
		entry["ca"] = map[string]string{"certificates": string(text)}
	default:
		path = "--identity"
		entry["keyless"] = map[string]string{"issuer": w.issuer, "identity": anchoredPattern(w.identity)}
	}
	doc := map[string]any{"v": 1}
	signers := []any{}
	if len(w.roots) == 0 {
		entry["id"] = anybody
		signers = append(signers, entry)
	}
	roots := []any{}
	for i, file := range w.roots {
		text, err := readBounded(file, attest.MaxTrustedRoot)
		if err != nil {
			return nil, err
		}
		root, err := attest.ParseTrustedRoot(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		id := fmt.Sprintf("%d (%s)", i+1, file)
		roots = append(roots, map[string]any{"id": id, "trusted_root": json.RawMessage(root)})
		if w.key != "" && i > 0 {
			return nil, usage("--key takes one --trusted-root")
		}
		held := map[string]any{"id": fmt.Sprintf("%s under root %d", anybody, i+1), "root": id}
		for name, v := range entry {
			held[name] = v
		}
		signers = append(signers, held)
	}
	doc["signers"] = signers
	if len(roots) > 0 {
		doc["roots"] = roots
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	t, err := attest.ParseTrust(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// anchoredPattern takes an identity as it is, unless it opens as a pattern does: no
// identity begins with a circumflex.
func anchoredPattern(identity string) string {
	if strings.HasPrefix(identity, "^") {
		return identity
	}
	return "^" + regexp.QuoteMeta(identity) + "$"
}

// note says what was not checked.
func (w *whom) note() string {
	switch {
	case w.key != "":
		return "only the signature and its witnesses were checked: a key says nothing about roles or systems"
	case w.chain != "":
		return "only the chain was checked: an authority says nothing about roles or systems"
	}
	return "only the identity was checked: it says nothing about roles or systems"
}
