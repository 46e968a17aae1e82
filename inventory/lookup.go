package inventory

import (
	"path/filepath"
	"strings"
	"unicode"

	"dcosup/inventory/template"
)

// lookup does what Ansible's lookup plugins of these names do.
func (e *evaluation) lookup(h *Host, plugin string, terms []string) ([]any, error) {
	find := map[string]func(*Host, string) (any, error){"env": e.lookupEnv, "file": e.lookupFile, "vars": e.lookupVars}[plugin]
	if find == nil {
		return nil, mistake("lookup('"+plugin+"') is not evaluated by dcosup, which knows env, file and vars", "")
	}
	found := make([]any, len(terms))
	for i, term := range terms {
		var err error
		if found[i], err = find(h, term); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// lookupEnv is a variable of the environment; nil if it is not set.
func (e *evaluation) lookupEnv(_ *Host, name string) (any, error) {
	name, _, _ = strings.Cut(name, " ") // so does Ansible
	if v := e.inv.opts.Getenv(name); v != "" {
		return v, nil
	}
	return nil, nil
}

// maxLookup bounds the files that lookup('file') reads, in bytes.
const maxLookup = 1 << 20

// lookupFile is the text of a file, without the white space at its end.
func (e *evaluation) lookupFile(_ *Host, name string) (any, error) {
	p, d := e.problems.fork(), e.inv.disk
	path := e.inv.path(name)
	if in := filepath.Join("files", name); !filepath.IsAbs(name) && d.isFile(in) {
		path = d.abs(in)
	}
	if !d.isFile(path) {
		return nil, mistake("lookup('file'): there is no file "+path, "")
	}
	text, ok := p.readAtMost(d, path, maxLookup)
	switch {
	case !ok && len(p.locked) > 0:
		return nil, &lockedError{p.locked[0]}
	case !ok:
		return nil, mistake("lookup('file'): "+p.errs[0].Message, p.errs[0].Hint)
	}
	return sealedIf(p.decrypted[path], strings.TrimRightFunc(text, unicode.IsSpace)), nil
}

// lookupVars is a variable by its name.
func (e *evaluation) lookupVars(h *Host, name string) (any, error) {
	v, ok, err := e.variable(h, name)
	if err == nil && !ok {
		err = mistake("lookup('vars'): there is no variable "+name, "")
	}
	if u, isUndefined := v.(*template.Undefined); isUndefined && err == nil {
		err = u.Err
	}
	return v, err
}

// yaml reads a document as from_yaml does.
func (e *evaluation) yaml(text string) (any, error) {
	const file = "from_yaml"
	p := e.problems.fork()
	p.addFile(file, text)
	v, ok := parseYAML(p, file, text)
	if !ok {
		return nil, mistake("the text is not YAML that dcosup reads", "")
	}
	if hasTemplates(v) {
		v = v.asLiteral()
	}
	return e.converted(nil, file, v)
}

// asLiteral returns a value with nothing in it that is a template.
func (v Value) asLiteral() Value {
	v.literal = true
	return v.within(Value.asLiteral)
}
