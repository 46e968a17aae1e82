package inventory

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	iniSection = regexp.MustCompile(`^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$`)
	iniGroup   = regexp.MustCompile(`^([^:\]\s]+)\s*(?:#.*)?$`)
)

// The kinds of section that an INI inventory has.
const (
	sectionHosts    = "hosts"
	sectionChildren = "children"
	sectionVars     = "vars"
)

// iniParser reads an INI inventory line by line.
type iniParser struct {
	file string
	p    *problems
	// declared are the groups known so far, those of earlier sources included.
	declared map[string]bool
	// awaits has the awaited groups by name.
	awaits map[string]*awaitedGroup
	// awaited are groups that were named as children, or had variables, before
	// any section declared them.
	awaited []*awaitedGroup

	group, section string
	steps          []step
}

// awaitedGroup is a group named before it was declared.
type awaitedGroup struct {
	name string
	// pos is the line that named it.
	pos Pos
	// parents are the groups that it is to be within.
	parents []declareChild
}

// parseINI reads an INI inventory. Groups of earlier sources need not be
// declared again.
func parseINI(p *problems, file, content string, declared []string) []step {
	ini := &iniParser{file: file, p: p, declared: map[string]bool{}, awaits: map[string]*awaitedGroup{}, group: groupUngrouped, section: sectionHosts}
	for _, name := range declared {
		ini.declared[name] = true
	}
	for i, line := range strings.Split(content, "\n") {
		ini.line(i+1, line)
	}
	ini.unresolved()
	return ini.steps
}

// line reads one line of the file.
func (ini *iniParser) line(number int, raw string) {
	line := strings.TrimSpace(raw)
	if line == "" || line[0] == '#' || line[0] == ';' {
		return
	}
	indent := strings.Index(raw, line)
	at := Pos{File: ini.file, Line: number, Column: utf8.RuneCountInString(raw[:indent]) + 1}
	if m := iniSection.FindStringSubmatch(line); m != nil {
		ini.header(m[1], m[2], at)
		return
	}
	if line[0] == '[' && line[len(line)-1] == ']' {
		ini.p.hintf(at, "write [group], [group:vars] or [group:children], without spaces", "%s is no section", line)
		return
	}
	switch ini.section {
	case sectionHosts:
		ini.hostLine([]rune(line), at)
	case sectionVars:
		ini.varLine([]rune(line), at)
	case sectionChildren:
		ini.childLine(line, at)
	}
}

// header begins a section.
func (ini *iniParser) header(group, section string, at Pos) {
	if section == "" {
		section = sectionHosts
	}
	kinds := []string{sectionHosts, sectionChildren, sectionVars}
	if !slices.Contains(kinds, section) {
		hint := "a section is [group], [group:vars] or [group:children]"
		if meant := Suggest(section, kinds); meant != "" {
			hint = "did you mean [" + group + ":" + meant + "]?"
		}
		ini.p.hintf(at, hint, "[%s:%s] is no kind of section", group, section)
		// What follows cannot be judged: taking it for hosts would only repeat
		// the one mistake on every line.
		ini.section = ""
		return
	}
	ini.group, ini.section = group, section
	if !ini.declared[group] {
		if section == sectionVars && ini.waitingFor(group) == nil {
			ini.await(group, at)
		}
		ini.declared[group] = true
		ini.steps = append(ini.steps, declareGroup{name: group, pos: at})
	}
	if section != sectionVars {
		ini.arrived(group)
	}
}

// waitingFor returns the awaited group of that name, or nil.
func (ini *iniParser) waitingFor(name string) *awaitedGroup { return ini.awaits[name] }

// await remembers that a group is named before it is declared.
func (ini *iniParser) await(name string, pos Pos) *awaitedGroup {
	a := &awaitedGroup{name: name, pos: pos}
	ini.awaited, ini.awaits[name] = append(ini.awaited, a), a
	return a
}

// arrived puts a group that has now been declared into the groups that named
// it before.
func (ini *iniParser) arrived(name string) {
	a := ini.waitingFor(name)
	if a == nil {
		return
	}
	delete(ini.awaits, name)
	for _, child := range a.parents {
		ini.steps = append(ini.steps, child)
	}
}

// unresolved reports the groups that were named but never declared.
func (ini *iniParser) unresolved() {
	var names []string
	for name := range ini.declared {
		if ini.waitingFor(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	guesses := 10 // each is compared with all names
	for _, a := range ini.awaited {
		if ini.awaits[a.name] != a {
			continue
		}
		hint := "declare it by a section [" + a.name + "]"
		// A name of a decrypted file is not shown, in hints neither.
		if guesses--; guesses >= 0 && !ini.p.decrypted[ini.file] {
			if meant := Suggest(a.name, names); meant != "" {
				hint = "did you mean " + meant + "?"
			}
		}
		ini.p.hintf(a.pos, hint, "there is no group %q", a.name)
	}
}

// childLine reads a line of [group:children].
func (ini *iniParser) childLine(line string, at Pos) {
	m := iniGroup.FindStringSubmatch(line)
	if m == nil {
		ini.p.hintf(at, "write one name of a group in a line", "%q is no name of a group", line)
		return
	}
	child := declareChild{parent: ini.group, child: m[1], pos: at}
	if ini.declared[m[1]] {
		ini.steps = append(ini.steps, child)
		return
	}
	a := ini.waitingFor(m[1])
	if a == nil {
		a = ini.await(m[1], at)
	}
	a.parents = append(a.parents, child)
}

// varLine reads a line of [group:vars]: all behind the = is the value.
func (ini *iniParser) varLine(line []rune, at Pos) {
	eq := slices.Index(line, '=')
	if eq < 0 {
		ini.p.hintf(at, "write name=value", "the line sets no variable")
		return
	}
	value, start := line[eq+1:], eq+1
	for len(value) > 0 && (value[0] == ' ' || value[0] == '\t') {
		value, start = value[1:], start+1
	}
	vars := &Map{}
	vars.SetAt(strings.TrimSpace(string(line[:eq])), ini.literal(value, func(i int) Pos {
		return Pos{File: at.File, Line: at.Line, Column: at.Column + start + i}
	}), at)
	ini.steps = append(ini.steps, declareVars{group: ini.group, vars: vars})
}

// hostLine reads a host, or a range of hosts, and the variables beside it.
func (ini *iniParser) hostLine(line []rune, at Pos) {
	column := func(col int) Pos { return Pos{File: at.File, Line: at.Line, Column: at.Column + col - 1} }
	words, err := splitWords(line)
	if err != nil {
		ini.p.hintf(at, "close it, or escape it by a backslash", "cannot read the line: %v", err)
		return
	}
	if len(words) == 0 {
		return
	}
	host := words[0].String()
	names, port, err := ini.p.hostPattern(host, len(words)-1)
	if err != nil {
		ini.p.errorf(at, "%v", err)
		return
	}
	if names[0] == "---" {
		ini.p.hintf(at, "", "--- begins a YAML file, but the lines below are not YAML")
		return
	}
	hosts := declareHosts{names: names, group: ini.group, vars: &Map{}, pos: at}
	if port != 0 {
		hosts.port = Value{Data: int64(port), Pos: at}
	}
	for _, w := range words[1:] {
		eq := slices.Index(w.text, '=')
		if eq < 0 {
			ini.p.hintf(column(w.col), "write name=value; a value with spaces needs quotes", "%q sets no variable", w.String())
			continue
		}
		value := ini.literal(w.text[eq+1:], func(i int) Pos { return column(w.colAt(eq + 1 + i)) })
		hosts.vars.SetAt(string(w.text[:eq]), value, column(w.col))
	}
	ini.steps = append(ini.steps, hosts)
}

// literal reads a value.
func (ini *iniParser) literal(text []rune, pos func(i int) Pos) Value {
	v := parseLiteral(text, pos)
	if ini.p.decrypted[ini.file] {
		v = v.asSecret()
	}
	return v
}
