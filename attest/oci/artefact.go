package oci

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/assize-dev/assize/attest"
)

// Layer is one blob of an artefact.
type Layer struct {
	MediaType   string
	Data        []byte
	Annotations map[string]string // such as org.opencontainers.image.title
}

// Artefact is a manifest with layers that is no runnable image.
type Artefact struct {
	// Digest of its manifest, told by Pull and Push.
	Digest attest.Ref
	// Type is the artifact type, such as application/vnd.example.rules.v1.
	Type        string
	Annotations map[string]string
	// Subject is the digest it is attached to, "" when it stands alone.
	Subject attest.Ref
	Layers  []Layer
	// Left lists the media types of layers that were not asked for, in order.
	Left []string
}

// Pull reads the layers of an artefact that have one of the media types, all when
// none is given. No such layer is ErrNotFound; an index is ErrMalformed.
func (c *Client) Pull(ctx context.Context, ref string, mediaTypes ...string) (*Artefact, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	m, from, err := c.resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	if m.image == nil {
		return nil, fmt.Errorf("artefact %s: %w: it is an index of %d manifests; name one by digest", ref, ErrMalformed, len(m.index.Manifests))
	}
	a := &Artefact{Digest: attest.Ref(m.digest.String()), Type: m.artifactType(), Annotations: m.image.Annotations}
	if m.image.Subject != nil {
		a.Subject = attest.Ref(m.image.Subject.Digest.String())
	}
	var total int64
	for _, d := range m.image.Layers {
		if len(mediaTypes) > 0 && !slices.Contains(mediaTypes, string(d.MediaType)) {
			a.Left = append(a.Left, string(d.MediaType))
			continue
		}
		if total += max(d.Size, 0); total > MaxTotal {
			return nil, fmt.Errorf("artefact %s: %w: its layers hold more than %d bytes", ref, ErrTooLarge, MaxTotal)
		}
		b, err := from.blob(ctx, d)
		if err != nil {
			return nil, fmt.Errorf("artefact %s: %w", ref, err)
		}
		a.Layers = append(a.Layers, Layer{string(d.MediaType), b, d.Annotations})
	}
	if len(a.Layers) == 0 {
		return nil, fmt.Errorf("artefact %s: %w: none of its %d layers is of type %q", ref, ErrNotFound, len(m.image.Layers), mediaTypes)
	}
	return a, nil
}

// Push stores an artefact under a tag, or, when it has a subject, attaches it: then
// the reference may go without a tag (oci:DIRECTORY, or REPOSITORY, whose tag
// "latest" is then left alone). It returns the digest of the manifest.
func (c *Client) Push(ctx context.Context, ref string, a *Artefact) (attest.Ref, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	t, err := c.open(ctx, ref, true)
	if err != nil {
		return "", err
	}
	m := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: a.Type, Annotations: a.Annotations,
		Layers: []v1.Descriptor{},
	}
	blobs := map[v1.Hash][]byte{}
	describe := func(mediaType string, b []byte) (v1.Descriptor, error) {
		h, err := digestOf("sha256", b)
		blobs[h] = b
		d := v1.Descriptor{MediaType: types.MediaType(mediaType), Digest: h, Size: int64(len(b))}
		if err == nil {
			err = checkSize(d)
		}
		return d, err
	}
	if m.Config, err = describe(emptyConfigType, []byte(emptyConfig)); err != nil {
		return "", err
	}
	if len(a.Layers) > MaxLayers {
		return "", fmt.Errorf("push to %s: %w: %d layers, at most %d", ref, ErrTooLarge, len(a.Layers), MaxLayers)
	}
	for _, l := range a.Layers {
		d, err := describe(l.MediaType, l.Data)
		if err != nil {
			return "", fmt.Errorf("push to %s: %w", ref, err)
		}
		d.Annotations = l.Annotations
		m.Layers = append(m.Layers, d)
	}
	tag := t.tag
	if a.Subject != "" {
		of, err := t.place.manifest(ctx, string(a.Subject))
		if err != nil {
			return "", fmt.Errorf("subject %s of an artefact for %s: %w", a.Subject, ref, err)
		}
		m.Subject = &v1.Descriptor{MediaType: types.MediaType(of.mediaType), Digest: of.digest, Size: int64(len(of.raw))}
		if tag == "latest" {
			tag = ""
		}
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	made, err := parseManifest(raw, string(types.OCIManifestSchema1), "")
	if err != nil {
		return "", fmt.Errorf("push to %s: %w", ref, err)
	}
	return attest.Ref(made.digest.String()), t.place.put(ctx, tag, made, blobs)
}
