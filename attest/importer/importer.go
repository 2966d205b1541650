package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// ErrUnknownFormat: there is no importer of that name.
var ErrUnknownFormat = errors.New("unknown format")

// Options is what the source cannot know.
type Options struct {
	Subject  attest.Subject // what the statements are about
	Systems  []string       // systems they count for
	StatedAt time.Time      // when they are made
	Category string         // category of an eval-result; performance when empty
	Stage    string         // stage of a dvc.lock with several
	// Environment and the window a monitoring report is about.
	Environment            string
	WindowStart, WindowEnd time.Time
}

// Result is what came of an import.
type Result struct {
	Statements []Statement `json:"statements"`
	Took       []Taken     `json:"took"`
	Left       []Left      `json:"left"`
	Notes      []string    `json:"notes"`
}

// Statement is an in-toto statement ready to be signed.
type Statement struct {
	Type    string `json:"type"`    // short name of the predicate type
	Payload []byte `json:"payload"` // the statement, canonical JSON
}

// Taken is a place of the source and where it went.
type Taken struct {
	Place string `json:"place"`
	Into  string `json:"into"` // type and member, such as "model-card license"
}

// Left is a place of the source that is in no statement, and why.
type Left struct {
	Place string `json:"place"`
	Why   string `json:"why"`
}

// Format is one format that can be imported.
type Format struct {
	Name  string   // such as hf-model-card
	About string   // for people
	Makes []string // short names of the types it can make
	read  func(*source) error
}

var formats = []Format{
	{"hf-model-card", "Hugging Face model card, README.md", []string{"model-card", "eval-result"}, readModelCard},
	{"hf-dataset-card", "Hugging Face dataset card, README.md", []string{"dataset-card"}, readDatasetCard},
	{"croissant", "Croissant 1.0 or 1.1 with its RAI vocabulary, JSON-LD", []string{"dataset-card"}, readCroissant},
	{"mlflow", "MLflow run folder, or an MLmodel file", []string{"training-run"}, readMLflow},
	{"dvc-lock", "DVC lock file, dvc.lock", []string{"training-run"}, readDVC},
	{"fairlearn", "Fairlearn MetricFrame results, JSON", []string{"fairness-assessment"}, readFairlearn},
	{"evidently", "Evidently report or profile, JSON", []string{"monitoring-report"}, readEvidently},
	{"lm-eval", "lm-evaluation-harness results, JSON", []string{"eval-result"}, readLMEval},
	{"junit", "JUnit test report, XML", []string{"test-result"}, readJUnit},
}

// Formats lists what can be imported.
func Formats() []Format { return slices.Clone(formats) }

// Import reads the file or folder name of fsys. Nothing outside fsys is read, and
// of a file only what the format refers to. Errors wrap attest.ErrMalformed,
// attest.ErrTooLarge or the sentinels of package predicate.
func Import(format string, fsys fs.FS, name string, o Options) (Result, error) {
	at := slices.IndexFunc(formats, func(f Format) bool { return f.Name == format })
	if at < 0 {
		names := make([]string, len(formats))
		for i, f := range formats {
			names[i] = f.Name
		}
		return Result{}, fmt.Errorf("import: %w %.40q, want one of %s", ErrUnknownFormat, format, strings.Join(names, ", "))
	}
	s := &source{fsys: fsys, file: name, o: o, taken: map[string]string{}, reason: map[string]string{}}
	if err := formats[at].read(s); err != nil {
		return Result{}, err
	}
	if len(s.result.Statements) == 0 {
		return Result{}, s.fail("", attest.ErrMalformed, "nothing in it can be stated; fill the description in, or write the predicate by hand")
	}
	s.account()
	return s.result, nil
}

// source is one import under way.
type source struct {
	fsys   fs.FS
	file   string
	o      Options
	root   any            // tree of the document: map, slice, string, json.Number, bool, nil
	lines  map[string]int // of YAML, by path
	taken  map[string]string
	reason map[string]string
	result Result
}

func (s *source) head() predicate.Head {
	return predicate.Head{StatedAt: s.o.StatedAt.UTC(), Systems: s.o.Systems}
}

// ref is the identity of the subject.
func (s *source) ref() attest.Ref {
	if refs := s.o.Subject.Refs(); len(refs) > 0 {
		return refs[0]
	}
	return ""
}

// state adds a statement about the subject.
func (s *source) state(p predicate.Predicate) error { return s.wrap(p.Short(), p) }

func (s *source) wrap(short string, p any) error {
	b, err := predicate.Wrap(short, []attest.Subject{s.o.Subject}, p)
	if err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	s.result.Statements = append(s.result.Statements, Statement{Type: short, Payload: b})
	return nil
}

func (s *source) note(format string, args ...any) {
	s.result.Notes = append(s.result.Notes, fmt.Sprintf(format, args...))
}

// fail names file, place, rule and remedy.
func (s *source) fail(path string, kind error, format string, args ...any) error {
	place := s.file
	if line := s.lines[path]; line > 0 {
		place += fmt.Sprintf(": line %d", line)
	}
	if path != "" {
		place += ": at " + path
	}
	return fmt.Errorf("%s: %w: %s", place, kind, fmt.Sprintf(format, args...))
}
