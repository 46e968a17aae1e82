package template_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcosup/inventory/template"
)

// The corpus is testdata/corpus: small templates by topic, each with what Ansible
// makes of it. A file begins with the variables, as JSON, up to a line of dashes.
// Then come the templates, blank lines between them, each with lines that begin with
//
//	=  Ansible's answer as JSON, or "= error", or "= varies" for another one each time;
//	   TestJudgeTemplates holds it against Ansible, and writes it with -update
//	!  a part of our error, where we refuse what Ansible takes, or fail as it does
//	~  our answer, where it is another one, and behind # the reason
//
// A template of several lines stands in quotes, as JSON.
type corpusCase struct {
	lines   []string
	text    string
	ansible string
	refused string
	differs string
}

// varies stands for answers that are never the same twice.
const varies = "varies"

type corpusFile struct {
	path  string
	vars  map[string]any
	head  string
	cases []*corpusCase
}

// corpus reads all files of testdata/corpus.
func corpus(t *testing.T) []*corpusFile {
	t.Helper()
	paths, err := filepath.Glob("testdata/corpus/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	var files []*corpusFile
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(data), "\n---\n")
		f := &corpusFile{path: path, head: head}
		if err := json.Unmarshal([]byte(head), &f.vars); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, block := range strings.Split(strings.TrimSpace(rest), "\n\n") {
			f.cases = append(f.cases, parseCase(t, strings.Split(block, "\n")))
		}
		files = append(files, f)
	}
	return files
}

func parseCase(t *testing.T, lines []string) *corpusCase {
	t.Helper()
	c := &corpusCase{text: lines[0], lines: lines}
	if strings.HasPrefix(c.text, `"`) {
		if err := json.Unmarshal([]byte(lines[0]), &c.text); err != nil {
			t.Fatalf("%s: %v", lines[0], err)
		}
	}
	for _, line := range lines[1:] {
		switch kind, rest, _ := strings.Cut(line, " "); kind {
		case "=":
			c.ansible = rest
		case "!":
			c.refused = rest
		case "~":
			var reason string
			if c.differs, reason, _ = strings.Cut(rest, " # "); reason == "" {
				t.Fatalf("%q differs without a reason", c.text)
			}
		default:
			t.Fatalf("%q is no line of the corpus", line)
		}
	}
	return c
}

// variables look up what JSON says, as an inventory would: a variable is a template
// itself, and evaluated when it is used.
type variables struct {
	raw    map[string]any
	active []string
}

func (v *variables) env() template.Env {
	known := func() []string {
		var names []string
		for name := range v.raw {
			names = append(names, name)
		}
		return names
	}
	return template.Env{Names: v.name, Plain: v.plain, Known: known, Lookup: func(plugin string, terms []string) ([]any, error) {
		if plugin != "env" {
			return nil, fmt.Errorf("lookup('%s') is not evaluated by dcosup", plugin)
		}
		return []any{os.Getenv(terms[0])}, nil
	}}
}

func (v *variables) plain(name string) (any, bool) {
	raw, ok := v.raw[name]
	switch raw.(type) {
	case nil, bool, float64:
		return imported(raw), ok
	}
	return nil, false
}

func (v *variables) name(name string) (any, bool, error) {
	raw, ok := v.raw[name]
	if !ok {
		return nil, false, nil
	}
	for _, a := range v.active {
		if a == name {
			return nil, false, fmt.Errorf("%s uses itself", name)
		}
	}
	v.active = append(v.active, name)
	defer func() { v.active = v.active[:len(v.active)-1] }()
	value, err := v.evaluated(imported(raw))
	var mistake *template.Error
	if errors.As(err, &mistake) && mistake.Undefined {
		return &template.Undefined{Name: name, Err: err}, true, nil
	}
	return value, true, err
}

// evaluated is a value with the templates in it evaluated.
func (v *variables) evaluated(value any) (any, error) {
	switch d := value.(type) {
	case string:
		if !template.IsTemplate(d) {
			return d, nil
		}
		r, err := template.Eval(d, v.env())
		return r.Value, err
	case *template.List:
		for i, item := range d.Items {
			var err error
			if d.Items[i], err = v.evaluated(item); err != nil {
				return nil, err
			}
		}
	case *template.Dict:
		for _, k := range d.Keys() {
			item, _ := d.Get(k)
			item, err := v.evaluated(item)
			if err != nil {
				return nil, err
			}
			d.Set(k, item)
		}
	}
	return value, nil
}

// imported is what encoding/json has read, as a value of templates. Keys are sorted
// there, and the judge gets them so, too.
func imported(v any) any {
	switch d := v.(type) {
	case float64:
		if d == float64(int64(d)) {
			return int64(d)
		}
		return d
	case []any:
		l := template.NewList()
		for _, item := range d {
			l.Items = append(l.Items, imported(item))
		}
		return l
	case map[string]any:
		dict := &template.Dict{}
		for _, k := range sortedKeys(d) {
			dict.Set(k, imported(d[k]))
		}
		return dict
	}
	return v
}

// evaluate is our answer, as the judge writes its own.
func evaluate(text string, vars map[string]any) (string, error) {
	v := &variables{raw: vars}
	r, err := template.Eval(text, v.env())
	if err != nil {
		return "", err
	}
	return exported(r.Value)
}

// exported is a value as JSON.
func exported(v any) (string, error) {
	r, err := template.Eval("{{ v | to_json(ensure_ascii=False) }}", template.Env{Names: func(string) (any, bool, error) { return v, true, nil }})
	if err != nil {
		return "", err
	}
	return string(r.Value.(template.Text)), nil
}

func TestCorpus(t *testing.T) {
	t.Setenv("DCOSUP_TEST", "from the environment")
	for _, f := range corpus(t) {
		for _, c := range f.cases {
			t.Run(filepath.Base(f.path)+"/"+c.text, func(t *testing.T) {
				got, err := evaluate(c.text, f.vars)
				want := c.ansible
				if c.differs != "" {
					want = c.differs
				}
				switch {
				case want == "":
					t.Errorf("the corpus has no answer of Ansible; ours is %s, %v", got, err)
				case c.refused != "" || want == "error":
					if err == nil || !strings.Contains(err.Error(), c.refused) {
						t.Errorf("got %s, error %v, want an error with %q", got, err, c.refused)
					}
				case err != nil:
					t.Errorf("error = %v, want %s", err, want)
				case got != want:
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

// TestCorpusIsBig holds how much of Jinja2 there is at least.
func TestCorpusIsBig(t *testing.T) {
	n := 0
	for _, f := range corpus(t) {
		n += len(f.cases)
	}
	if n < 300 {
		t.Errorf("the corpus has %d templates", n)
	}
}

func sortedKeys(m map[string]any) []string {
	return slices.Sorted(maps.Keys(m))
}
