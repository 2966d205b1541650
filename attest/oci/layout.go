package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// refName is the annotation by which a layout names a manifest (OCI image
// specification 1.1, image layout).
const refName = "org.opencontainers.image.ref.name"

var tagPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// layout is an OCI image layout directory. Nothing outside it is opened, whatever
// links lie in it.
type layout struct{ dir string }

func openLayout(ref string, write bool) (target, error) {
	t, dir := target{}, ref
	if at := strings.LastIndex(dir, "@"); at >= 0 {
		h, err := v1.NewHash(dir[at+1:])
		if err != nil || write {
			return t, fmt.Errorf("image layout %.200q: %w: want oci:DIRECTORY[:TAG][@sha256:...], and to write no digest", ref, ErrReference)
		}
		dir, t.id = dir[:at], h.String()
	}
	if at := strings.LastIndex(dir, ":"); at > strings.LastIndexAny(dir, `/\`) && at > 1 {
		tag := dir[at+1:]
		if !tagPattern.MatchString(tag) {
			return t, fmt.Errorf("image layout %.200q: %w: tag %.130q; want letters, digits, dots, underlines and dashes", ref, ErrReference, tag)
		}
		if dir = dir[:at]; t.id == "" {
			t.id, t.tag = tag, tag
		}
	}
	if dir == "" {
		return t, fmt.Errorf("image layout: %w: want oci:DIRECTORY", ErrReference)
	}
	t.place = layout{dir}
	return t, nil
}

func (l layout) String() string { return "oci:" + l.dir }

func (l layout) read(name string, max int64) ([]byte, error) {
	root, err := os.OpenRoot(l.dir)
	if err != nil {
		return nil, notThere(err)
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, notThere(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: it is no file", path.Join(l.dir, name), ErrMalformed)
	}
	return readBounded(f, max, path.Join(l.dir, name))
}

func notThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

func blobName(h v1.Hash) string { return path.Join("blobs", h.Algorithm, h.Hex) }

// index reads index.json after the marker that makes the directory a layout.
func (l layout) index() (manifest, error) {
	b, err := l.read("oci-layout", MaxManifest)
	if err != nil {
		return manifest{}, fmt.Errorf("%s is no image layout: %w", l.dir, err)
	}
	var marker struct {
		Version string `json:"imageLayoutVersion"`
	}
	if err := json.Unmarshal(b, &marker); err != nil || marker.Version != "1.0.0" {
		return manifest{}, fmt.Errorf("%s/oci-layout: %w: want imageLayoutVersion 1.0.0", l.dir, ErrMalformed)
	}
	if b, err = l.read("index.json", MaxManifest); err != nil {
		return manifest{}, err
	}
	m, err := parseManifest(b, string(types.OCIImageIndex), "")
	if err == nil && m.index == nil {
		err = fmt.Errorf("%s/index.json: %w: it is no index", l.dir, ErrMalformed)
	}
	return m, err
}

func (l layout) manifest(_ context.Context, id string) (manifest, error) {
	index, err := l.index()
	if err != nil {
		return manifest{}, err
	}
	digest := id
	if !strings.Contains(id, ":") {
		var found []v1.Hash
		for _, d := range index.index.Manifests {
			if id == "" && d.Annotations[refName] == "" || id != "" && d.Annotations[refName] == id {
				found = append(found, d.Digest)
			}
		}
		// A layout of one image often names it although nobody asked for a name.
		if id == "" && len(found) == 0 && len(index.index.Manifests) == 1 {
			found = append(found, index.index.Manifests[0].Digest)
		}
		switch {
		case len(found) == 0:
			return manifest{}, fmt.Errorf("%s: %w: no manifest is named %q in its index.json", l.dir, ErrNotFound, id)
		case len(found) > 1:
			return manifest{}, fmt.Errorf("%s: %w: %d manifests answer to %q; name one by its digest", l.dir, ErrReference, len(found), id)
		}
		digest = found[0].String()
	}
	h, err := v1.NewHash(digest)
	if err != nil {
		return manifest{}, fmt.Errorf("%w: digest %.100q: %w", ErrMalformed, digest, err)
	}
	b, err := l.read(blobName(h), MaxManifest)
	if err != nil {
		return manifest{}, err
	}
	return parseManifest(b, "", digest)
}

func (l layout) blob(_ context.Context, d v1.Descriptor) ([]byte, error) {
	if err := checkSize(d); err != nil {
		return nil, err
	}
	b, err := l.read(blobName(d.Digest), d.Size)
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", d.Digest, err)
	}
	return b, checkBlob(b, d)
}

// referrers of a layout are the manifests of its index whose subject is the digest,
// and those the fallback tag lists when a registry was copied with its tags.
func (l layout) referrers(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error) {
	index, err := l.index()
	if err != nil {
		return nil, err
	}
	if n := len(index.index.Manifests); n > MaxFound {
		return nil, fmt.Errorf("%s/index.json: %w: %d manifests, at most %d", l.dir, ErrTooLarge, n, MaxFound)
	}
	var list []v1.Descriptor
	for _, d := range index.index.Manifests {
		m, err := l.manifest(ctx, d.Digest.String())
		if err != nil {
			return nil, err
		}
		if m.image != nil && m.image.Subject != nil && m.image.Subject.Digest == digest ||
			m.index != nil && m.index.Subject != nil && m.index.Subject.Digest == digest {
			d.ArtifactType = m.artifactType()
			list = append(list, d)
		}
		if m.index != nil && d.Annotations[refName] == fallbackTag(digest) {
			list = append(list, m.index.Manifests...)
		}
	}
	return list, nil
}

func (l layout) put(_ context.Context, tag string, m manifest, blobs map[v1.Hash][]byte) error {
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(l.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	if _, err := root.Stat("index.json"); err == nil {
		old, err := l.index()
		if err != nil {
			return err
		}
		index = *old.index
	}
	entry := v1.Descriptor{MediaType: types.MediaType(m.mediaType), Digest: m.digest, Size: int64(len(m.raw)), ArtifactType: m.artifactType()}
	if tag != "" {
		entry.Annotations = map[string]string{refName: tag}
	}
	kept := []v1.Descriptor{}
	for _, d := range index.Manifests {
		if d.Annotations[refName] != tag || tag == "" && d.Digest != m.digest {
			kept = append(kept, d)
		}
	}
	index.Manifests = append(kept, entry)
	raw, err := json.Marshal(index)
	if err != nil {
		return err
	}
	if err := root.MkdirAll("blobs/sha256", 0o755); err != nil {
		return err
	}
	write := func(name string, b []byte) error {
		next := name + ".new"
		if err := root.WriteFile(next, b, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", l, err)
		}
		return root.Rename(next, name)
	}
	for h, b := range blobs {
		if err := write(blobName(h), b); err != nil {
			return err
		}
	}
	// The index comes last: a layout that was left half written names nothing new.
	if err := errors.Join(write(blobName(m.digest), m.raw), write("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))); err != nil {
		return err
	}
	return write("index.json", raw)
}
