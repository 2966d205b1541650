package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assize-dev/assize/deploy"
)

// cluster reads commands that need a cluster: they are ones of the tools this page is
// about, the chart and the files they name are there, and the chart takes the values.
func (r *reader) cluster(b block) error {
	for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
		words := wordPattern.FindAllString(strings.TrimSpace(line), -1)
		if len(words) == 0 {
			continue
		}
		if !slices.Contains([]string{"helm", "kubectl", "docker"}, words[0]) {
			return fmt.Errorf("%s: a block for a cluster holds commands of helm, kubectl and docker", words[0])
		}
		for i, w := range words {
			var where string
			switch {
			case strings.HasPrefix(w, "deploy/"):
				where = filepath.Join(r.repo, w)
			case i > 0 && (words[i-1] == "--values" || words[i-1] == "-f"):
				where = filepath.Join(r.dir, w)
			case strings.HasPrefix(w, "--from-file=") && !strings.Contains(w, "database-url"):
				where = filepath.Join(r.dir, strings.TrimPrefix(w, "--from-file="))
			default:
				continue
			}
			if _, err := os.Stat(where); err != nil {
				return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
			}
			if words[i-1] != "--values" {
				continue
			}
			text, err := os.ReadFile(where)
			if err != nil {
				return err
			}
			values, err := deploy.ParseValues(w, text)
			if err != nil {
				return err
			}
			if _, err := deploy.Render(deploy.Release{Name: "assize", Namespace: "assize"}, values); err != nil {
				return fmt.Errorf("%s: %w", w, err)
			}
		}
	}
	return nil
}
