package oci

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"mime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/assize-dev/assize/attest"
)

// Media types of manifests asked for.
var manifestTypes = []string{
	string(types.OCIManifestSchema1), string(types.OCIImageIndex), string(types.DockerManifestSchema2), string(types.DockerManifestList),
}

// emptyConfig is the configuration of an artefact that is no image (OCI image
// specification 1.1, guidance for an empty descriptor).
const (
	emptyConfigType = "application/vnd.oci.empty.v1+json"
	emptyConfig     = "{}"
)

// manifest is a manifest or an index as it was read; one of image and index is set.
type manifest struct {
	raw       []byte
	mediaType string
	digest    v1.Hash
	image     *v1.Manifest
	index     *v1.IndexManifest
}

// parseManifest reads a manifest and holds it against the digest it was asked by,
// if any.
func parseManifest(raw []byte, mediaType, asked string) (manifest, error) {
	m := manifest{raw: raw}
	algorithm := "sha256"
	if asked != "" {
		h, err := v1.NewHash(asked)
		if err != nil {
			return m, fmt.Errorf("%w: digest %.100q: %w", ErrReference, asked, err)
		}
		algorithm = h.Algorithm
	}
	digest, err := digestOf(algorithm, raw)
	if err != nil {
		return m, err
	}
	if m.digest = digest; asked != "" && digest.String() != asked {
		return m, fmt.Errorf("%w: the manifest given for %s has digest %s", ErrMalformed, asked, digest)
	}
	// The strict parse bounds depth and number of values, and refuses two readings.
	tree, err := attest.ParseJSON(raw)
	if err != nil {
		return m, fmt.Errorf("manifest %s: %w: %w", digest, ErrMalformed, err)
	}
	doc, ok := tree.(map[string]any)
	if !ok {
		return m, fmt.Errorf("manifest %s: %w: it is no JSON object", digest, ErrMalformed)
	}
	if said, ok := doc["mediaType"].(string); ok {
		mediaType = said
	}
	if bare, _, err := mime.ParseMediaType(mediaType); err == nil {
		mediaType = bare
	}
	_, list := doc["manifests"]
	_, layers := doc["layers"]
	if list == layers {
		return m, fmt.Errorf("manifest %s: %w: want exactly one of layers (an image) and manifests (an index)", digest, ErrMalformed)
	}
	if list {
		m.index, err = v1.ParseIndexManifest(bytes.NewReader(raw))
	} else {
		m.image, err = v1.ParseManifest(bytes.NewReader(raw))
	}
	if err != nil {
		return m, fmt.Errorf("manifest %s: %w: %w", digest, ErrMalformed, err)
	}
	m.mediaType = mediaType
	if m.image != nil && len(m.image.Layers) > MaxLayers {
		return m, fmt.Errorf("manifest %s: %w: %d layers, at most %d", digest, ErrTooLarge, len(m.image.Layers), MaxLayers)
	}
	return m, nil
}

// artifactType of a manifest: what it says, else the type of its configuration.
func (m manifest) artifactType() string {
	switch {
	case m.image == nil:
		return m.mediaType
	case m.image.ArtifactType != "":
		return m.image.ArtifactType
	}
	return string(m.image.Config.MediaType)
}

func digestOf(algorithm string, b []byte) (v1.Hash, error) {
	var h hash.Hash
	switch algorithm {
	case "sha256":
		h = sha256.New()
	case "sha384":
		h = sha512.New384()
	case "sha512":
		h = sha512.New()
	default:
		return v1.Hash{}, fmt.Errorf("digest: %w: algorithm %.20q; want sha256, sha384 or sha512", ErrMalformed, algorithm)
	}
	h.Write(b)
	return v1.Hash{Algorithm: algorithm, Hex: hex.EncodeToString(h.Sum(nil))}, nil
}

// checkBlob holds a layer against its descriptor.
func checkBlob(b []byte, d v1.Descriptor) error {
	got, err := digestOf(d.Digest.Algorithm, b)
	switch {
	case err != nil:
		return err
	case got != d.Digest:
		return fmt.Errorf("layer %s: %w: what came has digest %s", d.Digest, ErrMalformed, got)
	case d.Size != int64(len(b)):
		return fmt.Errorf("layer %s: %w: %d bytes, its descriptor says %d", d.Digest, ErrMalformed, len(b), d.Size)
	}
	return nil
}

func checkSize(d v1.Descriptor) error {
	if d.Size < 0 || d.Size > MaxBlob {
		return fmt.Errorf("layer %s: %w: %d bytes, at most %d", d.Digest, ErrTooLarge, d.Size, MaxBlob)
	}
	return nil
}

// readBounded reads all of r, which may hold at most max bytes.
func readBounded(r io.Reader, max int64, what string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if int64(len(b)) > max {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", what, ErrTooLarge, max)
	}
	return b, nil
}
