package inventory

import "slices"

// yamlGroups reads a YAML inventory: groups, each with hosts, vars, children.
type yamlGroups struct {
	p     *problems
	steps []step
}

// parseYAMLInventory reads a YAML or JSON inventory.
func parseYAMLInventory(p *problems, file, content string) []step {
	doc, ok := parseYAML(p, file, content)
	if !ok {
		return nil
	}
	groups, ok := doc.Data.(*Map)
	if !ok {
		p.hintf(doc.Pos, "write groups: `all:`, below it `hosts:` and `children:`",
			"an inventory in YAML is a mapping of groups, not %s", doc.kind())
		return nil
	}
	if refusedPlugin(p, groups) {
		return nil
	}
	y := &yamlGroups{p: p}
	for _, name := range y.names(groups, "group") {
		v, _ := groups.Get(name)
		y.group(name, v, groups.KeyPos(name))
	}
	return y.steps
}

// names are the keys of a mapping of groups or hosts, which must be texts.
func (y *yamlGroups) names(m *Map, what string) []string {
	others := m.NonTextKeys()
	if len(others) == 0 {
		return m.Keys()
	}
	var names []string
	for _, key := range m.Keys() {
		if slices.Contains(others, key) {
			y.p.hintf(m.KeyPos(key), "put it in quotes", "the name of a %s must be a text, and %q is none for YAML", words(what), key)
			continue
		}
		names = append(names, key)
	}
	return names
}

// refusedPlugin reports a file that configures an inventory plugin.
func refusedPlugin(p *problems, groups *Map) bool {
	plugin, ok := groups.Get("plugin")
	if ok {
		p.hintf(groups.KeyPos("plugin"), "save what it gives: ansible-inventory -i FILE --list --yaml --export > hosts.yml",
			"the file configures the inventory plugin %s, and plugins are not run", plugin.shown())
	}
	return ok
}

// group reads one group and all within it. It tells whether it is one.
func (y *yamlGroups) group(name string, v Value, pos Pos) bool {
	if _, ok := v.Data.(*Map); !ok && v.Data != nil {
		y.notGroup(name, v)
		return false
	}
	y.steps = append(y.steps, declareGroup{name: name, pos: pos})
	body, _ := v.Data.(*Map)
	for _, key := range body.Keys() {
		section, _ := body.Get(key)
		y.section(name, key, section, body.KeyPos(key))
	}
	return true
}

// notGroup warns of what stands where groups do, and is none.
func (y *yamlGroups) notGroup(name string, v Value) {
	y.p.warnf(v.Pos, "a group has hosts, vars and children", "the group %q is passed over: it is %s, not a mapping", name, v.kind())
}

// section reads one key of a group.
func (y *yamlGroups) section(group, key string, v Value, pos Pos) {
	known := []string{sectionVars, sectionChildren, sectionHosts}
	if !slices.Contains(known, key) {
		// Ansible only warns. Of a slip that would lose hosts or variables, we
		// make an error.
		if meant := Suggest(key, known); meant != "" {
			y.p.hintf(pos, "did you mean "+meant+"?", "a group has no %q", key)
			return
		}
		y.p.warnf(pos, "a group has hosts, vars and children; other groups stand below children",
			"the key %q of the group %q is passed over", key, group)
		return
	}
	body := &Map{}
	switch d := v.Data.(type) {
	case nil:
		return
	case string:
		body.SetAt(d, Value{Pos: v.Pos}, v.Pos)
	case *Map:
		body = d
	default:
		y.p.hintf(v.Pos, "write a name and a colon in each line, without a dash",
			"%s of the group %q must be a mapping, not %s", key, group, v.kind())
		return
	}
	switch key {
	case sectionVars:
		y.steps = append(y.steps, declareVars{group: group, vars: body})
	case sectionChildren:
		y.children(group, body)
	case sectionHosts:
		y.hosts(group, body)
	}
}

// children reads the groups within a group.
func (y *yamlGroups) children(group string, body *Map) {
	for _, child := range y.names(body, "group") {
		v, _ := body.Get(child)
		if y.group(child, v, body.KeyPos(child)) {
			y.steps = append(y.steps, declareChild{parent: group, child: child, pos: body.KeyPos(child)})
		}
	}
}

// hosts reads the hosts of a group.
func (y *yamlGroups) hosts(group string, body *Map) {
	for _, pattern := range y.names(body, "host") {
		v, _ := body.Get(pattern)
		pos := body.KeyPos(pattern)
		vars, ok := v.Data.(*Map)
		names, port, err := y.p.hostPattern(pattern, vars.Len())
		if err != nil {
			y.p.errorf(pos, "%v", err)
			continue
		}
		if !ok && v.Data != nil {
			y.p.hintf(v.Pos, "write variables below the host, as name: value",
				"the host %q must have a mapping of variables, not %s", pattern, v.kind())
			continue
		}
		hosts := declareHosts{names: names, group: group, vars: vars, pos: pos}
		if port != 0 {
			hosts.port = Value{Data: int64(port), Pos: pos}
		}
		y.steps = append(y.steps, hosts)
	}
}
