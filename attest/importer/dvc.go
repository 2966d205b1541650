package importer

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// readDVC: dvc.org/doc/user-guide/project-structure/dvcyaml-files, dvc.lock of
// schema 2.0. Its MD5 sums identify nothing here; a file that lies beside the lock
// and still has its MD5 sum is named by the SHA-256 of its bytes.
func readDVC(s *source) error {
	text, err := s.read(s.file, MaxFile)
	if err != nil {
		return err
	}
	if s.root, err = s.yaml(text, 0); err != nil {
		return err
	}
	top := s.top()
	if schema := top.get("schema"); schema.v != "2.0" {
		return s.fail("$.schema", attest.ErrMalformed, "want '2.0', quoted; run `dvc repro` or `dvc commit` with a version of DVC that writes it")
	}
	top.get("schema").took("format")
	stages := top.get("stages")
	name := s.o.Stage
	switch names := stages.names(); {
	case name == "" && len(names) == 1:
		name = names[0]
	case name == "" || !slices.Contains(names, name):
		return s.fail("$.stages", attest.ErrMalformed, "no stage %q; name the one that trains: %s", name, strings.Join(names, ", "))
	}
	for _, other := range stages.names() {
		if other != name {
			stages.get(other).leave("another stage")
		}
	}
	stage, run := stages.get(name), &predicate.TrainingRun{Head: s.head()}
	for _, v := range stage.get("deps").items() {
		p, _ := v.get("path").v.(string)
		if slices.Contains([]string{".py", ".r", ".jl", ".ipynb", ".sh", ".scala"}, strings.ToLower(path.Ext(p))) {
			v.leave("a program; training-run code names its commit")
			continue
		}
		if slices.Contains([]string{".yaml", ".yml", ".toml", ".ini", ".cfg"}, strings.ToLower(path.Ext(p))) {
			v.leave("settings of a program, and no data")
			continue
		}
		in := predicate.Input{Name: v.get("path").text("training-run inputs.name")}
		if in.Digest, err = s.locked(v, "training-run inputs.digest"); err != nil {
			return err
		}
		run.Inputs = append(run.Inputs, in)
	}
	for _, v := range stage.get("outs").items() {
		out := predicate.Output{Name: v.get("path").text("training-run outputs.name")}
		if out.Digest, err = s.locked(v, "training-run outputs.digest"); err != nil {
			return err
		}
		run.Outputs = append(run.Outputs, out)
	}
	params := stage.get("params")
	for _, file := range params.names() {
		for _, key := range params.get(file).names() {
			v := params.get(file).get(key)
			if _, twice := run.Hyperparameters[key]; twice {
				return s.fail(v.path, attest.ErrMalformed, "parameter %q stands in two files; rename one", key)
			}
			if run.Hyperparameters == nil {
				run.Hyperparameters = map[string]any{}
			}
			if v.v != nil {
				run.Hyperparameters[key] = v.v
				v.took("training-run hyperparameters")
			}
		}
	}
	stage.get("cmd").leave("the statement has no place for it")
	return s.state(run)
}

// locked names what a dep or an out points to by the SHA-256 of its bytes, when
// they are there and are still those of the lock.
func (s *source) locked(v value, into string) (attest.Ref, error) {
	sum := v.get("md5")
	want, _ := sum.v.(string)
	p, _ := v.get("path").v.(string)
	name := path.Join(path.Dir(s.file), p)
	switch {
	case want == "":
		return "", nil
	case strings.HasSuffix(want, ".dir"):
		sum.leave("the MD5 sum of a folder identifies nothing; attest the dataset by a digest of its own")
		return "", nil
	case path.IsAbs(p) || !s.exists(name) || s.isDir(name):
		sum.leave("an MD5 sum identifies nothing, and the file is not there to be hashed")
		return "", nil
	}
	f, err := s.fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	weak, strong := md5.New(), sha256.New()
	if _, err := io.Copy(io.MultiWriter(weak, strong), f); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if hex.EncodeToString(weak.Sum(nil)) != want {
		sum.leave("the file beside the lock has other bytes now; check out what the lock names")
		return "", nil
	}
	sum.took(into + ", as SHA-256 of the same bytes")
	return attest.Ref("sha256:" + hex.EncodeToString(strong.Sum(nil))), nil
}
