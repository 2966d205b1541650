package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing/fstest"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest/oci"
	"github.com/assize-dev/assize/policy"
)

// Media types a rule set travels in. A bundle is one layer, as OPA builds and pulls
// it; conftest pushes each file as a layer of its own, titled with its path.
const (
	mediaSet        = "application/vnd.assize.policy-set.v1"
	mediaBundle     = "application/vnd.oci.image.layer.v1.tar+gzip"
	mediaOldBundle  = "application/vnd.oci.image.layer.v1.tar"
	mediaRegoLayer  = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego"
	titleAnnotation = "org.opencontainers.image.title"
)

// rulesAre says what a flag that names a rule set takes.
const rulesAre = "directory, archive (.tar.gz), oci:DIRECTORY[:TAG] or REGISTRY/REPOSITORY:TAG"

// addRules gives a verb --rules and --rules-key, and returns what reads them.
func addRules(cmd *cobra.Command) func() (*policy.Set, error) {
	ref := cmd.Flags().String("rules", "", "rule set: "+rulesAre+" (default the built-in one)")
	keys := addRulesKey(cmd)
	return func() (*policy.Set, error) { return loadRules(cmd.Context(), *ref, *keys) }
}

// addRulesKey gives a verb --rules-key, which makes signatures a duty.
func addRulesKey(cmd *cobra.Command) *[]string {
	return cmd.Flags().StringArray("rules-key", nil, "public key (PEM) that may sign rule sets, FILE or, with the key id it goes by where OPA signs bundles, NAME=FILE; when given, a set that is not signed by it is refused; repeatable")
}

// loadRules loads the set a reference names, the built-in one for none. Where keys
// are named, any set but that of the program must be signed by one of them.
func loadRules(ctx context.Context, ref string, keys []string) (*policy.Set, error) {
	if ref == "" {
		return builtinRules()
	}
	fsys, err := openRules(ctx, ref)
	if err != nil {
		return nil, err
	}
	s, err := policy.LoadSet(fsys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	if err := signedBy(s, fsys, keys); err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	return s, nil
}

// signedBy demands a signature of the set by one of the keys, where there are any.
func signedBy(s *policy.Set, fsys fs.FS, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	allowed, err := setKeys(keys)
	if err != nil {
		return err
	}
	_, err = s.SignedBy(fsys, allowed)
	return err
}

// setKeys reads keys given as FILE or NAME=FILE. A file whose name has the sign in it is
// meant as it stands.
func setKeys(keys []string) ([]policy.SetKey, error) {
	var out []policy.SetKey
	for _, given := range keys {
		key, path := policy.SetKey{}, given
		if name, file, named := strings.Cut(given, "="); named {
			if _, err := os.Stat(given); errors.Is(err, fs.ErrNotExist) {
				key.Name, path = name, file
			}
			if name == "" {
				return nil, usage("--rules-key %q: the name before = is empty; want FILE or NAME=FILE", given)
			}
		}
		text, err := readBounded(path, maxKeyFile)
		if err != nil {
			return nil, err
		}
		key.PEM = string(text)
		out = append(out, key)
	}
	return out, nil
}

// openRules finds the files of a rule set.
func openRules(ctx context.Context, ref string) (fs.FS, error) {
	info, err := os.Stat(ref)
	switch {
	case err == nil && info.IsDir():
		if _, err := os.Stat(ref + "/oci-layout"); err == nil {
			return pullRules(ctx, "oci:"+ref)
		}
		return os.DirFS(ref), nil
	case err == nil && strings.HasSuffix(ref, ".rego"):
		return nil, usage("rule set %q: it is one file; name its directory", ref)
	case err == nil:
		raw, err := readBounded(ref, policy.MaxArchive)
		if err != nil {
			return nil, err
		}
		fsys, err := policy.OpenArchive(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ref, err)
		}
		return fsys, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case strings.HasPrefix(ref, "oci:"), registryPattern.MatchString(ref):
		return pullRules(ctx, ref)
	}
	return nil, usage("rule set %q: no such file or directory; want a %s", ref, rulesAre)
}

// registryPattern tells REGISTRY/REPOSITORY:TAG from a mistyped path: a host with a
// dot or a port, and a tag or digest.
var registryPattern = regexp.MustCompile(`^((localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)(:\d+)?|[a-z0-9-]+:\d+)/[^\s:@]+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$`)

// pullRules reads a rule set from a registry or an image layout.
func pullRules(ctx context.Context, ref string) (fs.FS, error) {
	a, err := new(oci.Client).Pull(ctx, ref, mediaBundle, mediaOldBundle, mediaRegoLayer)
	if err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	for i, l := range a.Layers {
		switch {
		case l.MediaType != mediaRegoLayer && len(a.Layers) > 1:
			return nil, fmt.Errorf("%s: %w: layer %d is a bundle and there are %d layers; push one bundle", ref, policy.ErrRuleSet, i, len(a.Layers))
		case l.MediaType != mediaRegoLayer:
			fsys, err := policy.OpenArchive(l.Data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", ref, err)
			}
			return fsys, nil
		}
		title := strings.TrimPrefix(l.Annotations[titleAnnotation], "/")
		if !fs.ValidPath(title) || files[title] != nil {
			return nil, fmt.Errorf("%s: %w: layer %d is titled %q, no path or one there twice", ref, policy.ErrRuleSet, i, title)
		}
		files[title] = &fstest.MapFile{Data: l.Data}
	}
	return files, nil
}

// setPattern is a rule set by its digest, as the ledger knows it.
var setPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// set is the rule set a reference names, those the ledger holds among them.
func (in *instance) set(ctx context.Context, ref string, keys []string) (*policy.Set, error) {
	if setPattern.MatchString(ref) {
		return in.Gate.Set(ctx, ref)
	}
	if ref == builtinName {
		ref = ""
	}
	return loadRules(ctx, ref, keys)
}

// builtinName stands for the rules of the program where a set has to be named.
const builtinName = "builtin"
