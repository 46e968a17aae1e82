package inventory

import (
	"path/filepath"
	"slices"
	"strings"
)

// mergeVars gives every host all its variables. Later ones win: what the
// sources say of the groups, the files in group_vars (all, then the other
// groups), what the sources say of the host, the files in host_vars, -e.
func (inv *Inventory) mergeVars() {
	dirs := inv.varDirs()
	inv.readExtraVars()
	files := varFiles{inv: inv, read: map[string]*Map{}}
	groupDirs, hostDirs := files.open(dirs, "group_vars"), files.open(dirs, "host_vars")
	for _, g := range inv.Groups() {
		g.vars = &Map{}
		inv.merge(g.vars, g.own)
		for _, d := range groupDirs {
			vars := files.of(d, g.Name)
			g.files = append(g.files, vars)
			inv.merge(g.vars, vars)
		}
	}
	total := 0
	for _, name := range inv.hostNames {
		h := inv.hosts[name]
		h.vars = &Map{}
		for _, g := range h.groups {
			inv.merge(h.vars, g.own)
		}
		all := h.groups[:1]
		for _, groups := range [][]*Group{all, h.groups[1:]} {
			for i := range groupDirs {
				for _, g := range groups {
					inv.merge(h.vars, g.files[i])
				}
			}
		}
		inv.merge(h.vars, h.own)
		for _, d := range hostDirs {
			inv.merge(h.vars, files.of(d, name))
		}
		inv.merge(h.vars, inv.extra)
		if total += h.vars.Len(); total > maxMerged {
			inv.problems.errorf(h.Pos, "the hosts have more than %d variables together", maxMerged)
			return
		}
	}
	inv.unused(groupDirs, inv.groupNames, "group")
	inv.unused(hostDirs, inv.hostNames, "host")
}

// maxMerged bounds how many variables all hosts have together. Ten thousand hosts
// with two hundred each are two million.
const maxMerged = 3_000_000

// varDirs returns the directories beside which variable files are looked for:
// those of the sources, in their order, then the working directory.
func (inv *Inventory) varDirs() []string { return append(inv.sourceDirs(), ".") }

// sourceDirs are the directories of the sources, in their order.
func (inv *Inventory) sourceDirs() []string {
	var dirs []string
	for _, source := range inv.opts.Sources {
		switch {
		case strings.Contains(source, ",") && !inv.disk.exists(source):
		case inv.disk.isDir(source):
			dirs = append(dirs, source)
		default:
			dirs = append(dirs, filepath.Dir(source))
		}
	}
	return dirs
}

// varDir is a directory named group_vars or host_vars.
type varDir struct {
	path    string
	entries []string
	has     map[string]bool
}

// varFiles reads variable files, each once.
type varFiles struct {
	inv  *Inventory
	read map[string]*Map
}

// open lists the directories of that name that there are.
func (f varFiles) open(dirs []string, name string) []varDir {
	var found []varDir
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if !f.inv.disk.isDir(path) {
			continue
		}
		entries, err := f.inv.disk.list(path)
		if err != nil {
			f.inv.problems.hintf(Pos{File: path}, hintFor(err), "cannot read the directory: %v", cause(err))
			continue
		}
		d := varDir{path: path, entries: entries, has: map[string]bool{}}
		for _, entry := range entries {
			d.has[entry] = true
		}
		found = append(found, d)
	}
	return found
}

// varSuffixes are what may follow the name of a host or group in the name of
// its file; the first that is there is the only one that is read.
var varSuffixes = [...]string{"", ".yml", ".yaml", ".json"}

// of returns the variables that a directory has for a host or group.
func (f varFiles) of(d varDir, name string) *Map {
	for _, suffix := range varSuffixes {
		if !d.has[name+suffix] {
			continue
		}
		vars := &Map{}
		for _, path := range f.below(filepath.Join(d.path, name+suffix)) {
			f.inv.merge(vars, f.file(path))
		}
		return vars
	}
	return nil
}

// below returns the path of a file, or those of the variable files in a
// directory and in its directories, by name.
func (f varFiles) below(path string) []string {
	if !f.inv.disk.isDir(path) {
		return []string{path}
	}
	names, err := f.inv.disk.list(path)
	if err != nil {
		f.inv.problems.hintf(Pos{File: path}, hintFor(err), "cannot read the directory: %v", cause(err))
	}
	var paths []string
	for _, name := range names {
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") {
			continue
		}
		ext, sub := filepath.Ext(name), filepath.Join(path, name)
		switch {
		case f.inv.disk.isDir(sub) && ext == "":
			paths = append(paths, f.below(sub)...)
		case f.inv.disk.isFile(sub) && slices.Contains(varSuffixes[:], ext):
			paths = append(paths, sub)
		}
	}
	return paths
}

// file returns the variables of one file.
func (f varFiles) file(path string) *Map {
	key := f.inv.disk.abs(path)
	if vars, ok := f.read[key]; ok {
		return vars
	}
	vars, _ := f.inv.readVars(path)
	f.read[key] = vars
	return vars
}

// readVars reads a file of variables, which may be empty.
func (inv *Inventory) readVars(path string) (*Map, bool) {
	content, ok := inv.problems.read(inv.disk, path)
	if !ok {
		return nil, false
	}
	doc, ok := parseYAML(inv.problems, path, content)
	if !ok {
		return nil, false
	}
	vars, ok := doc.Data.(*Map)
	if !ok && doc.Data != nil {
		inv.problems.hintf(doc.Pos, "write name: value", "a file of variables is a mapping, not %s", doc.kind())
	}
	return vars, ok
}

// unused warns of variable files that are nobody's but look as if they were
// meant for somebody.
func (inv *Inventory) unused(dirs []varDir, known []string, what string) {
	for _, d := range dirs {
		for _, entry := range d.entries {
			name := entry
			if ext := filepath.Ext(entry); ext != "" && slices.Contains(varSuffixes[:], ext) {
				name = strings.TrimSuffix(entry, ext)
			}
			if slices.Contains(known, name) || slices.Contains(known, entry) {
				continue
			}
			if meant := Suggest(name, known); meant != "" {
				inv.problems.warnf(Pos{File: filepath.Join(d.path, entry)}, "did you mean "+meant+"?",
					"the file is not used: there is no %s %q", what, name)
			}
		}
	}
}

// merge sets in into every variable of from.
func (inv *Inventory) merge(into, from *Map) {
	if inv.opts.MergeHashes {
		into.mergeDeep(from)
		return
	}
	into.Merge(from)
}
