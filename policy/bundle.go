package policy

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/assize-dev/assize/attest"
)

// A rule set travels as a tar archive, usually compressed with gzip, in the layout
// OPA calls a bundle (https://www.openpolicyagent.org/docs/management-bundles):
// rule files by path, a .manifest that may name the roots of their packages.
// Members the engine does not read (data.json, documents) may be there and count
// towards the bounds; compiled code may not.

// manifestFile and regoSuffix are what of a bundle is looked at besides tests and
// fixtures.
const (
	manifestFile = ".manifest"
	regoSuffix   = ".rego"
)

// OpenArchive reads a tar archive, gzip or plain, as files. A path that leaves the
// archive, a link, a device, a name given twice or more than the bounds is refused.
func OpenArchive(raw []byte) (fs.FS, error) {
	refuse := func(format string, args ...any) (fs.FS, error) {
		return nil, fmt.Errorf("%w: archive: %s", ErrRuleSet, fmt.Sprintf(format, args...))
	}
	if len(raw) > MaxArchive {
		return refuse("%d bytes are more than %d; leave out what is no rule", len(raw), MaxArchive)
	}
	var unpacked io.Reader = bytes.NewReader(raw)
	if bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(unpacked)
		if err != nil {
			return refuse("gzip: %s", err)
		}
		defer z.Close()
		unpacked = z
	}
	// One byte more than the bound tells a bomb from an archive of just that size.
	left := &io.LimitedReader{R: unpacked, N: maxUnpacked + 1}
	files := fstest.MapFS{}
	seen := map[string]string{}
	for t := tar.NewReader(left); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if left.N <= 0 {
			return refuse("it unpacks to more than %d bytes; leave out what is no rule", maxUnpacked)
		}
		if err != nil {
			return refuse("after %d members: %s", len(seen), err)
		}
		name, why := memberName(h)
		if why != "" {
			return refuse("member %q %s", clip(h.Name), why)
		}
		if h.Typeflag == tar.TypeDir {
			continue
		}
		fold := strings.ToLower(name)
		if other, ok := seen[fold]; ok {
			return refuse("member %q is there twice (as %q); one of them would hide the other", clip(name), clip(other))
		}
		if seen[fold] = name; len(seen) > maxSetFiles {
			return refuse("more than %d files; split the set", maxSetFiles)
		}
		b, err := io.ReadAll(t)
		if left.N <= 0 {
			return refuse("it unpacks to more than %d bytes; leave out what is no rule", maxUnpacked)
		}
		if err != nil {
			return refuse("member %q: %s", clip(name), err)
		}
		files[name] = &fstest.MapFile{Data: b}
	}
	if len(files) == 0 {
		return refuse("it holds no file")
	}
	return files, nil
}

// memberName is the path of a member inside the archive, or why it may not be there.
func memberName(h *tar.Header) (name, why string) {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
	case tar.TypeSymlink, tar.TypeLink:
		return "", "is a link; archive what it points at"
	default:
		return "", fmt.Sprintf("is of type %q, neither file nor directory", h.Typeflag)
	}
	name = strings.TrimPrefix(h.Name, "./")
	// `opa build` writes members with a leading slash
	name = strings.TrimSuffix(strings.TrimPrefix(name, "/"), "/")
	switch {
	case h.Typeflag == tar.TypeDir && (name == "" || name == "."):
		return ".", ""
	case len(name) > maxArchiveName:
		return "", fmt.Sprintf("has a name of more than %d bytes", maxArchiveName)
	case !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00"):
		return "", "has a path that leaves the archive or is not written plainly"
	case path.Base(name) == "policy.wasm" || strings.HasSuffix(name, ".wasm"):
		return "", "is compiled code; rules are judged from their source"
	}
	return name, ""
}

// WriteArchive writes rule files, tests, fixtures, parameters and the signature of
// fsys as a bundle, compressed; the same files give the same bytes. What OPA signed is
// written as it stands, since that signature is of every file.
func WriteArchive(fsys fs.FS) ([]byte, error) {
	files := map[string][]byte{}
	_, ours := fs.Stat(fsys, SignatureFile)
	_, theirs := fs.Stat(fsys, BundleSignatureFile)
	asSigned := ours != nil && theirs == nil
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := path.Base(name); name != "." && strings.HasPrefix(base, ".") {
				return fs.SkipDir
			}
			return nil
		}
		keep := asSigned || strings.HasSuffix(name, regoSuffix) || strings.HasSuffix(name, fixtureSuffix) || name == SignatureFile || name == parametersFile
		if !keep {
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		files[name] = b
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read rule set: %w", err)
	}
	if !asSigned {
		if files[manifestFile], err = manifestOf(files); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	t := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		b := files[name]
		if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(b)), Format: tar.FormatUSTAR}); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		if _, err := t.Write(b); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
	}
	if err := cmp.Or(t.Close(), z.Close()); err != nil {
		return nil, fmt.Errorf("write archive: %w", err)
	}
	return out.Bytes(), nil
}

// manifestOf says of files below which roots their packages lie, and which are Rego v0.
func manifestOf(files map[string][]byte) ([]byte, error) {
	roots := map[string]bool{}
	versions := map[string]int{}
	for name, b := range files {
		if !strings.HasSuffix(name, regoSuffix) {
			continue
		}
		m, err := ast.ParseModuleWithOpts(name, string(b), parserOptions(capabilities()))
		if err != nil {
			var other error
			if m, other = ast.ParseModuleWithOpts(name, string(b), foreignOptions(capabilities(), true)); other != nil || !foreignModule(m) {
				return nil, faultError(astFaults(name, err))
			}
			versions[name] = 0
		}
		root, _, _ := strings.Cut(packageName(m), ".")
		roots[root] = true
	}
	members := map[string]any{"roots": slices.Sorted(maps.Keys(roots)), "rego_version": 1}
	if len(versions) > 0 {
		members["file_rego_versions"] = versions
	}
	manifest, err := attest.CanonicalJSON(members)
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return manifest, nil
}

// parametersFile may lie beside the rules that it names.
const parametersFile = "parameters.yaml"

// bundleManifest is what of a .manifest bears on rules.
type bundleManifest struct {
	Roots           *[]string       `json:"roots"`
	RegoVersion     *int            `json:"rego_version"`
	FileRegoVersion map[string]int  `json:"file_rego_versions"`
	Wasm            json.RawMessage `json:"wasm"`
}

// readManifest reads the .manifest of a bundle; nil when there is none.
func readManifest(fsys fs.FS) (*bundleManifest, error) {
	b, err := fs.ReadFile(fsys, manifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", manifestFile, err)
	}
	if len(b) > maxParametersSource {
		return nil, fmt.Errorf("%w: %s: %d bytes are more than %d", ErrRuleSet, manifestFile, len(b), maxParametersSource)
	}
	if _, err := attest.ParseJSON(b); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuleSet, manifestFile, err)
	}
	var m bundleManifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuleSet, manifestFile, err)
	}
	if len(m.Wasm) > 0 && !bytes.Equal(bytes.TrimSpace(m.Wasm), []byte("null")) && !bytes.Equal(bytes.TrimSpace(m.Wasm), []byte("[]")) {
		return nil, fmt.Errorf("%w: %s: wasm: compiled code is not run; bundle the source", ErrRuleSet, manifestFile)
	}
	return &m, nil
}

// holds refuses packages outside the roots a bundle owns, and, unless old is fine,
// files declared as Rego v0.
func (m *bundleManifest) holds(packages map[string]string, old bool) []Fault {
	if m == nil {
		return nil
	}
	var faults []Fault
	for _, file := range slices.Sorted(maps.Keys(packages)) {
		if !old && m.version(file) == 0 && !foreignName(packages[file]) {
			faults = append(faults, Fault{File: file, Msg: ".manifest declares it as Rego v0; rules are written in Rego v1"})
		}
		if m.Roots == nil {
			continue
		}
		pkg := strings.ReplaceAll(packages[file], ".", "/")
		if !slices.ContainsFunc(*m.Roots, func(root string) bool {
			root = strings.Trim(root, "/")
			return root == "" || pkg == root || strings.HasPrefix(pkg, root+"/")
		}) {
			faults = append(faults, Fault{File: file, Msg: fmt.Sprintf("package %s lies under none of the roots %q of .manifest", packages[file], *m.Roots)})
		}
	}
	return faults
}

// version is the Rego version a bundle declares for a file, 1 where it is silent.
func (m *bundleManifest) version(file string) int {
	if m == nil {
		return 1
	}
	for pattern, v := range m.FileRegoVersion {
		pattern = strings.TrimPrefix(pattern, "/")
		if ok, err := path.Match(pattern, file); pattern == file || err == nil && ok {
			return v
		}
	}
	if m.RegoVersion != nil {
		return *m.RegoVersion
	}
	return 1
}
