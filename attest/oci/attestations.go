package oci

import (
	"context"
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/assize-dev/assize/attest"
)

// Media and artifact types looked for.
const (
	// TypeSigstoreBundle is the artifact type of a Sigstore bundle and of its layer.
	TypeSigstoreBundle = "application/vnd.dev.sigstore.bundle.v0.3+json"
	typeInToto         = "application/vnd.in-toto+json"
	typeCosignSig      = "application/vnd.dev.cosign.artifact.sig.v1+json"
)

// Found is one thing attached to an image.
type Found struct {
	// Source says where it was: the tag or referrer, and the layer.
	Source string
	// Subject is the digest it is attached to: the image, or a manifest of its index.
	Subject attest.Ref
	// MediaType and Digest are those of the layer, of the manifest where no layer
	// was read.
	MediaType string
	Digest    attest.Ref
	// Data is an envelope as attest.Parse takes it; nil when Err is set.
	Data []byte
	// Repacked: the envelope came with its certificate and log entry beside it; Data
	// is a Sigstore bundle made of them, with the same signed bytes.
	Repacked bool
	// Err says why there is no Data: ErrNotEvidence for what makes no signed
	// statement, anything else for what could not be read.
	Err error
}

// Attestations finds what is attached to an image: every signed statement, and with
// an Err everything else there is. An error means the list is not complete and
// nothing of it is given. An image without attachments gives none.
func (c *Client) Attestations(ctx context.Context, ref string) ([]Found, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	m, at, err := c.resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	s := &search{at: at, seen: map[v1.Hash]bool{m.digest: true}}
	if err := s.attached(ctx, m.digest); err != nil {
		return nil, fmt.Errorf("image %s: %w", ref, err)
	}
	if m.index != nil {
		if n := len(m.index.Manifests); n > MaxManifests {
			return nil, fmt.Errorf("image %s: %w: its index lists %d manifests, at most %d; name one by digest", ref, ErrTooLarge, n, MaxManifests)
		}
		for _, d := range m.index.Manifests {
			if err := s.listed(ctx, m.digest, d); err != nil {
				return nil, fmt.Errorf("image %s: %w", ref, err)
			}
		}
	}
	return s.found, nil
}

// search collects what is found, each manifest once.
type search struct {
	at    place
	seen  map[v1.Hash]bool
	found []Found
	total int64
}

func (s *search) add(f Found) error {
	if len(s.found) == MaxFound {
		return fmt.Errorf("%w: more than %d things are attached", ErrTooLarge, MaxFound)
	}
	s.found = append(s.found, f)
	return nil
}

// listed looks at a manifest of an index. BuildKit puts its unsigned attestations
// there, marked by an annotation.
func (s *search) listed(ctx context.Context, index v1.Hash, d v1.Descriptor) error {
	if s.seen[d.Digest] {
		return nil
	}
	s.seen[d.Digest] = true
	if kind := d.Annotations["vnd.docker.reference.type"]; kind != "" {
		return s.add(Found{
			Source: "index " + index.String(), Subject: attest.Ref(d.Annotations["vnd.docker.reference.digest"]), MediaType: string(d.MediaType), Digest: attest.Ref(d.Digest.String()),
			Err: fmt.Errorf("%w: BuildKit's %.40s is signed by nobody; sign it with cosign or `assize attest`", ErrNotEvidence, kind),
		})
	}
	return s.attached(ctx, d.Digest)
}

// attached reads everything attached to one digest.
func (s *search) attached(ctx context.Context, digest v1.Hash) error {
	tag := fallbackTag(digest) + ".att"
	m, err := s.at.manifest(ctx, tag)
	switch {
	case err == nil:
		s.seen[m.digest] = true
		if err := s.layers(ctx, digest, "tag "+tag, m); err != nil {
			return err
		}
	case !errors.Is(err, ErrNotFound):
		return fmt.Errorf("tag %s: %w", tag, err)
	}
	list, err := s.at.referrers(ctx, digest)
	if err != nil {
		return err
	}
	for _, d := range list {
		if s.seen[d.Digest] {
			continue
		}
		s.seen[d.Digest] = true
		if err := s.referrer(ctx, digest, d); err != nil {
			return err
		}
	}
	return nil
}

// referrer reads what one descriptor of the list points to. Types that hold no
// attestation are not fetched.
func (s *search) referrer(ctx context.Context, subject v1.Hash, d v1.Descriptor) error {
	source := "referrer " + d.Digest.String()
	one := Found{Source: source, Subject: attest.Ref(subject.String()), MediaType: d.ArtifactType, Digest: attest.Ref(d.Digest.String())}
	if !unsaid(d.ArtifactType) && !mayAttest(d.ArtifactType) {
		one.Err = notEvidence(d.ArtifactType)
		return s.add(one)
	}
	m, err := s.at.manifest(ctx, d.Digest.String())
	if err != nil {
		one.Err = fmt.Errorf("read the manifest: %w", err)
		return s.add(one)
	}
	if m.image == nil {
		one.MediaType, one.Err = m.mediaType, fmt.Errorf("%w: it is an index", ErrNotEvidence)
		return s.add(one)
	}
	// The list is the registry's word; the manifest says whom it is about.
	if m.image.Subject == nil || m.image.Subject.Digest != subject {
		one.Err = fmt.Errorf("%w: it is listed for %s, but its manifest does not name that as its subject", ErrMalformed, subject)
		return s.add(one)
	}
	if !unsaid(m.artifactType()) && !mayAttest(m.artifactType()) {
		one.MediaType, one.Err = m.artifactType(), notEvidence(m.artifactType())
		return s.add(one)
	}
	return s.layers(ctx, subject, source, m)
}

func (s *search) layers(ctx context.Context, subject v1.Hash, source string, m manifest) error {
	if m.image == nil || len(m.image.Layers) == 0 {
		return s.add(Found{
			Source: source, Subject: attest.Ref(subject.String()), MediaType: m.mediaType, Digest: attest.Ref(m.digest.String()),
			Err: fmt.Errorf("%w: it has no layers", ErrNotEvidence),
		})
	}
	for i, d := range m.image.Layers {
		f := Found{
			Source: fmt.Sprintf("%s, layer %d", source, i), Subject: attest.Ref(subject.String()),
			MediaType: string(d.MediaType), Digest: attest.Ref(d.Digest.String()),
		}
		s.read(ctx, d, &f)
		if err := s.add(f); err != nil {
			return err
		}
	}
	return nil
}

// read fills in Data or Err.
func (s *search) read(ctx context.Context, d v1.Descriptor, f *Found) {
	if !mayAttest(f.MediaType) {
		f.Err = notEvidence(f.MediaType)
		return
	}
	if s.total += max(d.Size, 0); s.total > MaxTotal {
		f.Err = fmt.Errorf("%w: all that is attached holds more than %d bytes", ErrTooLarge, MaxTotal)
		return
	}
	b, err := s.at.blob(ctx, d)
	if err != nil {
		f.Err = err
		return
	}
	if f.MediaType == typeInToto && isStatement(b) {
		f.Err = fmt.Errorf("%w: the statement is signed by nobody; sign it with cosign or `assize attest`", ErrNotEvidence)
		return
	}
	if f.Data = b; f.MediaType == attest.MediaDSSE && d.Annotations[annotationCertificate] != "" {
		if f.Data, f.Err = repack(b, d.Annotations); f.Err == nil {
			f.Repacked = true
		}
	}
}

// unsaid: some registries list the type of the configuration even where the manifest
// names an artifact type, so these tell nothing; the layers do.
func unsaid(artifactType string) bool {
	return artifactType == "" || artifactType == emptyConfigType || artifactType == "application/vnd.oci.image.config.v1+json"
}

// mayAttest tells media and artifact types that may hold a signed statement.
func mayAttest(mediaType string) bool {
	return strings.HasPrefix(mediaType, "application/vnd.dev.sigstore.bundle") ||
		mediaType == attest.MediaDSSE || mediaType == "application/vnd.in-toto.bundle" || mediaType == typeInToto || strings.HasPrefix(mediaType, "application/vnd.in-toto.") ||
		mediaType == attest.MediaJWSCompact || mediaType == attest.MediaJWSJSON
}

func notEvidence(mediaType string) error {
	switch {
	case mediaType == typeCosignSig || mediaType == "application/vnd.dev.cosign.simplesigning.v1+json":
		return fmt.Errorf("%w: a signature over the image alone, it makes no statement", ErrNotEvidence)
	case mediaType == "":
		return fmt.Errorf("%w: it names no type", ErrNotEvidence)
	}
	return fmt.Errorf("%w: type %.120q holds no signed statement", ErrNotEvidence, mediaType)
}

func isStatement(b []byte) bool {
	v, err := attest.ParseJSON(b)
	if err != nil {
		return false
	}
	m, _ := v.(map[string]any)
	_, bare := m["_type"]
	return bare
}
