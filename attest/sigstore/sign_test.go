package sigstore_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/attest/sigstore"
	"github.com/assize-dev/assize/attest/sigstore/sigstoretest"
)

func statement() []byte {
	return attesttest.Statement("https://example.test/thing/v1", nil, attesttest.Subject("model", ""))
}

const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEiLCJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIn0.AAAA"

// If this fails, a bundle is made that nobody can verify, or a token goes where it
// is of no use. (That what is made verifies is held against real services by
// testdata/interop.)
func TestSignRefuses(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no certificate for "+r.Header.Get("Authorization"), http.StatusForbidden)
	}))
	defer refusing.Close()
	stamps := []string{refusing.URL}
	for name, tc := range map[string]struct {
		cfg  sigstore.Config
		want error
		word string
	}{
		"nothing":                {sigstore.Config{}, sigstore.ErrConfig, "Fulcio"},
		"no token":               {sigstore.Config{Fulcio: refusing.URL, Timestamps: stamps}, sigstore.ErrToken, refusing.URL},
		"token no JWT":           {sigstore.Config{Fulcio: refusing.URL, Timestamps: stamps, Token: "secret"}, sigstore.ErrToken, "JWT"},
		"token long":             {sigstore.Config{Fulcio: refusing.URL, Timestamps: stamps, Token: strings.Repeat("a.b.c", sigstore.MaxToken/4)}, sigstore.ErrToken, "16384"},
		"no witness":             {sigstore.Config{Fulcio: refusing.URL, Token: token}, sigstore.ErrConfig, "witness"},
		"log without time":       {sigstore.Config{Fulcio: refusing.URL, Token: token, Logs: []sigstore.Log{{URL: refusing.URL, Version: 2}}}, sigstore.ErrConfig, "timestamp authority"},
		"log of another version": {sigstore.Config{Fulcio: refusing.URL, Token: token, Timestamps: stamps, Logs: []sigstore.Log{{URL: refusing.URL, Version: 3}}}, sigstore.ErrConfig, "want 1 or 2"},
		"Fulcio refuses":         {sigstore.Config{Fulcio: refusing.URL, Token: token, Timestamps: stamps}, sigstore.ErrService, "403"},
		"Fulcio away":            {sigstore.Config{Fulcio: "http://127.0.0.1:1", Token: token, Timestamps: stamps}, sigstore.ErrService, "127.0.0.1:1"},
		"timestamps refuse":      {sigstore.Config{Key: attesttest.Key(t, attest.ECDSAP256, "k"), Timestamps: stamps}, sigstore.ErrService, "403"},
		"log refuses":            {sigstore.Config{Key: attesttest.Key(t, attest.ECDSAP256, "k"), Logs: []sigstore.Log{{URL: refusing.URL, Version: 2}}}, sigstore.ErrService, "403"},
		"Ed25519 into a log":     {sigstore.Config{Key: attesttest.Key(t, attest.Ed25519, "k"), Logs: []sigstore.Log{{URL: refusing.URL, Version: 2}}}, sigstore.ErrConfig, "ECDSA"},
		"RSA":                    {sigstore.Config{Key: attesttest.Key(t, attest.RSAPSS, "k"), Timestamps: stamps}, attest.ErrUnsupported, "ECDSA"},
		"not under the root":     {sigstore.Config{Key: attesttest.Key(t, attest.ECDSAP256, "k"), TrustedRoot: sigstoretest.New(t).TrustedRoot()}, attest.ErrSignature, "does not verify under the trusted root"},
	} {
		raw, err := sigstore.Sign(t.Context(), statement(), tc.cfg)
		if raw != nil || !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.word) {
			t.Errorf("%s: %v, want %v saying %q", name, err, tc.want, tc.word)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("%s: the token is in the message", name)
		}
	}
	if _, err := sigstore.Sign(t.Context(), []byte("{}"), sigstore.Config{}); !errors.Is(err, attest.ErrMalformed) {
		t.Errorf("no statement: %v", err)
	}
	raw, err := sigstore.Sign(t.Context(), statement(), sigstore.Config{Key: attesttest.Key(t, attest.ECDSAP256, "k")})
	if err != nil {
		t.Fatal(err)
	}
	pem, err := attest.MarshalPublicKey(attesttest.Key(t, attest.ECDSAP256, "k").Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attest.VerifyService(raw, []string{string(pem)}); err != nil {
		t.Errorf("by a key alone: %v", err)
	}
}

// If this fails, a CI job's token is not found, or another service gets to see it.
func TestToken(t *testing.T) {
	actions := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer request":
			http.Error(w, "who are you", http.StatusUnauthorized)
		case r.URL.Query().Get("audience") != sigstore.Audience || r.URL.Query().Get("api-version") != "2":
			http.Error(w, "for whom", http.StatusBadRequest)
		default:
			_, _ = w.Write([]byte(`{"count":1,"value":"` + token + `"}`))
		}
	}))
	defer actions.Close()
	env := func(m map[string]string) func(string) string { return func(name string) string { return m[name] } }
	github := map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": actions.URL + "/token?api-version=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request"}
	if got, err := sigstore.Token(t.Context(), env(github), nil); err != nil || got != token {
		t.Errorf("GitHub Actions: %q, %v", got, err)
	}
	if got, err := sigstore.Token(t.Context(), env(map[string]string{"SIGSTORE_ID_TOKEN": token + "\n"}), nil); err != nil || got != token {
		t.Errorf("GitLab: %q, %v", got, err)
	}
	github["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "wrong"
	for name, m := range map[string]map[string]string{
		"nowhere": {}, "refused": github,
		"no answer": {"ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:1/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request"},
		"no URL":    {"ACTIONS_ID_TOKEN_REQUEST_URL": ":", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request"},
	} {
		if got, err := sigstore.Token(t.Context(), env(m), nil); got != "" || !errors.Is(err, sigstore.ErrToken) || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// If this fails, other services are used than the config names for now.
func TestServices(t *testing.T) {
	const good = `{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json",
		"caUrls":[{"url":"https://old.example","majorApiVersion":1,"validFor":{"start":"2020-01-01T00:00:00Z","end":"2021-01-01T00:00:00Z"},"operator":"a"},
			{"url":"https://fulcio.example","majorApiVersion":1,"validFor":{"start":"2021-01-01T00:00:00Z"},"operator":"a"}],
		"rekorTlogUrls":[{"url":"https://rekor1.example","majorApiVersion":1,"validFor":{"start":"2021-01-01T00:00:00Z"},"operator":"a"},
			{"url":"https://rekor2.example","majorApiVersion":2,"validFor":{"start":"2025-01-01T00:00:00Z"},"operator":"a"}],
		"rekorTlogConfig":{"selector":"ANY"},
		"tsaUrls":[{"url":"https://tsa.example/ts","majorApiVersion":1,"validFor":{"start":"2021-01-01T00:00:00Z"},"operator":"a"}],"tsaConfig":{"selector":"ANY"}}`
	at := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	cfg, err := sigstore.Services([]byte(good), at(2026))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Fulcio != "https://fulcio.example" || len(cfg.Logs) != 1 || cfg.Logs[0] != (sigstore.Log{URL: "https://rekor2.example", Version: 2}) || len(cfg.Timestamps) != 1 {
		t.Errorf("services %+v", cfg)
	}
	if cfg, err = sigstore.Services([]byte(good), at(2023)); err != nil || cfg.Logs[0].Version != 1 {
		t.Errorf("before the second log: %+v, %v", cfg, err)
	}
	for name, text := range map[string]string{
		"no JSON": "x", "no config": "{}", "twice": `{"mediaType":"a","mediaType":"b"}`, "long": strings.Repeat(" ", sigstore.MaxConfig+1),
		"unknown member": strings.Replace(good, `"caUrls"`, `"caURLs"`, 1), "no service": `{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}`,
	} {
		if _, err := sigstore.Services([]byte(text), at(2026)); !errors.Is(err, sigstore.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sigstore.Services([]byte(good), at(2019)); !errors.Is(err, sigstore.ErrConfig) || !strings.Contains(err.Error(), "certificate authority") {
		t.Errorf("before any: %v", err)
	}
}

// FuzzServices: signing configs.
func FuzzServices(f *testing.F) {
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","caUrls":[{"url":"https://a","majorApiVersion":1,"validFor":{"start":"2021-01-01T00:00:00Z"},"operator":"a"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := sigstore.Services(text, time.Unix(1.8e9, 0)); err != nil && !errors.Is(err, sigstore.ErrConfig) {
			t.Fatalf("unnamed error: %v", err)
		}
	})
}
