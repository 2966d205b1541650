package sigstore

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Audience is who identity tokens for Sigstore are made for.
const Audience = "sigstore"

// Token finds the identity token of the job this runs in: that of GitHub Actions
// (https://docs.github.com/en/actions/reference/security/oidc; the job needs the
// permission id-token: write) or GitLab (id_tokens, as SIGSTORE_ID_TOKEN). env is
// os.Getenv; client may be nil.
func Token(ctx context.Context, env func(string) string, client *http.Client) (string, error) {
	if token := strings.TrimSpace(env("SIGSTORE_ID_TOKEN")); token != "" {
		return token, nil
	}
	at, bearer := env("ACTIONS_ID_TOKEN_REQUEST_URL"), env("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	if at == "" || bearer == "" {
		return "", fmt.Errorf("%w: neither GitHub Actions (permissions: id-token: write) nor GitLab (id_tokens: SIGSTORE_ID_TOKEN) gives one here; name a file that holds one", ErrToken)
	}
	u, err := url.Parse(at)
	if err != nil {
		return "", fmt.Errorf("%w: ACTIONS_ID_TOKEN_REQUEST_URL is no URL", ErrToken)
	}
	q := u.Query()
	q.Set("audience", Audience)
	u.RawQuery = q.Encode()
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrToken, err)
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("%w: ask GitHub Actions: %s", ErrToken, redact(err, bearer))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 2*MaxToken+1))
	if err != nil {
		return "", fmt.Errorf("%w: ask GitHub Actions: %v", ErrToken, err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%w: GitHub Actions answered %s", ErrToken, resp.Status)
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Value == "" || len(answer.Value) > MaxToken {
		return "", fmt.Errorf("%w: GitHub Actions answered with none of at most %d bytes", ErrToken, MaxToken)
	}
	return answer.Value, nil
}
