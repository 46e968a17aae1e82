package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"
)

// isProgram tells whether Ansible would run a file: it may be executed, or
// begins like a script.
func (inv *Inventory) isProgram(name string) bool {
	path := inv.disk.abs(name)
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	return info.Mode()&0o111 != 0 || inv.beginsAsScript(path)
}

func (inv *Inventory) beginsAsScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // nothing was written
	start := make([]byte, 2)
	n, _ := f.Read(start)
	return string(start[:n]) == "#!"
}

// program runs an inventory. done is false if it cannot be run at all, being a
// text that is executable by mistake, or a script that is not: it is then read.
func (inv *Inventory) program(name string) (done bool) {
	start := Pos{File: name}
	path := inv.disk.abs(name)
	if inv.opts.Run == nil {
		if !inv.beginsAsScript(path) {
			return false
		}
		inv.problems.hintf(start, "save what it prints: ansible-inventory -i FILE --list --yaml --export > hosts.yml",
			"the inventory is a program, and programs are not run here")
		return true
	}
	out, err := inv.opts.Run(path, "--list")
	if errors.Is(err, syscall.ENOEXEC) || errors.Is(err, fs.ErrPermission) {
		return false
	}
	if err != nil {
		inv.problems.hintf(start, "run it by hand: "+path+" --list", "the inventory is a program, and it failed: %v", err)
		return true
	}
	inv.accept(inv.try(func(p *problems) []step {
		s := &script{p: p, run: inv.opts.Run, path: path, name: name}
		return s.list(out)
	}))
	return true
}

// script reads what an executable inventory prints.
type script struct {
	p     *problems
	run   func(path string, args ...string) ([]byte, error)
	path  string
	name  string
	steps []step
	// hosts are those that were named, in that order.
	hosts []string
}

// list reads what --list printed.
func (s *script) list(out []byte) []step {
	groups, ok := s.object(s.name+" --list", out)
	if !ok {
		return nil
	}
	var known *Map // nil: --host has to be asked
	for _, name := range groups.Keys() {
		v, _ := groups.Get(name)
		if name != "_meta" {
			s.group(name, v, groups.KeyPos(name))
			continue
		}
		meta, _ := v.Data.(*Map)
		hostvars, ok := meta.Get("hostvars")
		if !ok {
			continue
		}
		if known, ok = hostvars.Data.(*Map); !ok {
			s.p.errorf(hostvars.Pos, "_meta.hostvars must be an object, not %s", hostvars.kind())
			return nil
		}
	}
	for _, host := range s.hosts {
		if len(s.p.errs) > 0 {
			break // a program that fails for one host fails for all
		}
		s.hostVars(host, known)
	}
	return s.steps
}

// hostVars takes the variables of a host from _meta, or asks the program.
func (s *script) hostVars(host string, known *Map) {
	var vars Value
	if known != nil {
		vars, _ = known.Get(host)
	} else {
		out, err := s.run(s.path, "--host", host)
		if err != nil {
			s.p.errorf(Pos{File: s.name}, "the inventory is a program, and --host %s failed: %v", host, err)
			return
		}
		if strings.TrimSpace(string(out)) == "" {
			return
		}
		m, ok := s.object(fmt.Sprintf("%s --host %s", s.name, host), out)
		if !ok {
			return
		}
		vars.Data = m
	}
	m, ok := vars.Data.(*Map)
	if !ok && vars.Data != nil {
		s.p.errorf(vars.Pos, "the variables of the host %q must be an object, not %s", host, vars.kind())
		return
	}
	s.steps = append(s.steps, declareHostVars{name: host, vars: m})
}

// object reads a JSON object that the program printed.
func (s *script) object(source string, out []byte) (*Map, bool) {
	content := string(out)
	s.p.addFile(source, content)
	if !utf8.Valid(out) {
		s.p.errorf(badEncoding(source, content), "what the program printed is not UTF-8 text")
		return nil, false
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(out, new(json.RawMessage)); errors.As(err, &syntax) {
		s.p.hintf(offsetPos(source, content, int(syntax.Offset)), "an executable inventory prints JSON, and nothing else, on standard output",
			"what the program printed is no JSON: %s", words(syntax.Error()))
		return nil, false
	}
	doc, ok := parseYAML(s.p, source, content)
	if !ok {
		return nil, false
	}
	m, ok := doc.Data.(*Map)
	if !ok {
		s.p.errorf(doc.Pos, "the program must print a JSON object, not %s", doc.kind())
	}
	return m, ok
}

// offsetPos is the place of the byte before an offset, as JSON's errors count.
func offsetPos(file, content string, offset int) Pos {
	before := content[:min(max(offset-1, 0), len(content))]
	line := strings.LastIndexByte(before, '\n') + 1
	return Pos{File: file, Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(before[line:]) + 1}
}

// group reads one group: an object with hosts, vars and children, or only the
// list of its hosts, or only the variables of a host of that name.
func (s *script) group(name string, v Value, pos Pos) {
	s.steps = append(s.steps, declareGroup{name: name, pos: pos})
	body, ok := v.Data.(*Map)
	if !ok {
		body = &Map{}
		body.SetAt(sectionHosts, v, pos)
	} else if !slices.ContainsFunc([]string{sectionHosts, sectionVars, sectionChildren}, func(key string) bool { _, has := body.Get(key); return has }) {
		alone := &Map{}
		alone.SetAt(sectionHosts, Value{Data: []Value{{Data: name, Pos: pos}}, Pos: pos}, pos)
		alone.SetAt(sectionVars, v, pos)
		body = alone
	}
	if hosts, ok := body.Get(sectionHosts); ok {
		s.groupHosts(name, hosts)
	}
	if vars, ok := body.Get(sectionVars); ok {
		m, isMap := vars.Data.(*Map)
		if !isMap {
			s.p.errorf(vars.Pos, "vars of the group %q must be an object, not %s", name, vars.kind())
		}
		s.steps = append(s.steps, declareVars{group: name, vars: m})
	}
	if children, ok := body.Get(sectionChildren); ok {
		list, isList := children.Data.([]Value)
		if !isList {
			s.p.errorf(children.Pos, "children of the group %q must be a list, not %s", name, children.kind())
		}
		y := &yamlGroups{p: s.p}
		for _, child := range list {
			y.childName(name, child)
		}
		s.steps = append(s.steps, y.steps...)
	}
}

// groupHosts reads the hosts of a group. They are names, never ranges.
func (s *script) groupHosts(group string, hosts Value) {
	list, ok := hosts.Data.([]Value)
	if !ok {
		s.p.errorf(hosts.Pos, "hosts of the group %q must be a list, not %s", group, hosts.kind())
		return
	}
	for _, v := range list {
		host, ok := v.Data.(string)
		if !ok || host == "" {
			s.p.errorf(v.Pos, "a host of the group %q is named by a text, not by %s", group, v.kind())
			continue
		}
		s.hosts = append(s.hosts, host)
		s.steps = append(s.steps, declareHosts{names: []string{host}, group: group, pos: v.Pos})
	}
}

// declareHostVars gives variables to a host that has been declared.
type declareHostVars struct {
	name string
	vars *Map
}

func (s declareHostVars) apply(inv *Inventory) { inv.setVars(s.name, s.vars) }
