package inventory

import (
	"path/filepath"
	"slices"
	"strings"

	"dcosup/inventory/template"
)

// magicVariables are those that Ansible makes itself; they win over variables of
// the same name.
var magicVariables = map[string]func(e *evaluation, h *Host) (any, error){
	"inventory_hostname": func(_ *evaluation, h *Host) (any, error) { return h.Name, nil },
	"inventory_hostname_short": func(_ *evaluation, h *Host) (any, error) {
		short, _, _ := strings.Cut(h.Name, ".")
		return short, nil
	},
	"group_names":    func(_ *evaluation, h *Host) (any, error) { return groupNames(h), nil },
	"groups":         func(e *evaluation, _ *Host) (any, error) { return e.allGroups(), nil },
	"hostvars":       func(e *evaluation, _ *Host) (any, error) { return hostVars{e}, nil },
	"omit":           func(*evaluation, *Host) (any, error) { return omitted, nil },
	"inventory_file": func(e *evaluation, h *Host) (any, error) { return e.inventoryFile(h) },
	"inventory_dir": func(e *evaluation, h *Host) (any, error) {
		file, err := e.inventoryFile(h)
		if err != nil {
			return nil, err
		}
		return filepath.Dir(file), nil
	},
	"vars": func(*evaluation, *Host) (any, error) {
		return nil, mistake("vars, which has templates as they are written, is not evaluated by dcosup", "write lookup('vars', NAME)")
	},
}

// mistake is an error that gets its place from the template.
func mistake(message, hint string) error { return &template.Error{Message: message, Hint: hint} }

// magicNames are the names of magicVariables that are suggested.
var magicNames = []string{"inventory_hostname", "inventory_hostname_short", "group_names", "groups", "hostvars", "omit", "inventory_dir", "inventory_file"}

// ofPlaybooks are variables that Ansible has only while a playbook runs.
var ofPlaybooks = []string{
	"playbook_dir", "role_path", "role_name", "role_names", "play_hosts", "environment", "ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch",
	"ansible_play_name", "ansible_play_role_names", "ansible_role_names", "ansible_role_name", "ansible_dependent_role_names", "ansible_parent_role_names",
	"ansible_parent_role_paths", "ansible_collection_name", "ansible_check_mode", "ansible_diff_mode", "ansible_forks", "ansible_inventory_sources",
	"ansible_limit", "ansible_loop", "ansible_loop_var", "ansible_index_var", "ansible_run_tags", "ansible_skip_tags", "ansible_search_path",
	"ansible_verbosity", "ansible_version", "ansible_playbook_python", "ansible_config_file", "ansible_facts_gathered",
}

// groupNames are the groups of a host but all, sorted.
func groupNames(h *Host) *template.List {
	var names []string
	for _, g := range h.groups {
		if g.Name != groupAll {
			names = append(names, g.Name)
		}
	}
	slices.Sort(names)
	return texts(names)
}

func texts(of []string) *template.List {
	list := template.NewList()
	for _, text := range of {
		list.Items = append(list.Items, text)
	}
	return list
}

// allGroups are the names of the hosts of each group.
func (e *evaluation) allGroups() *template.Dict {
	if e.groups != nil {
		return e.groups
	}
	e.groups = &template.Dict{}
	for _, g := range e.inv.Groups() {
		var names []string
		for _, h := range g.Hosts() {
			names = append(names, h.Name)
		}
		e.groups.Set(g.Name, texts(names))
	}
	return e.groups
}

// inventoryFile is the file that names a host first.
func (e *evaluation) inventoryFile(h *Host) (string, error) {
	if strings.HasPrefix(h.Pos.File, "-") || h.Pos.File == "" {
		return "", mistake(h.Name+" stands in no file, so that it has no inventory_file and no inventory_dir", "")
	}
	return e.inv.disk.abs(h.Pos.File), nil
}

// hostVars are the variables of all hosts.
type hostVars struct{ e *evaluation }

func (v hostVars) Type() string { return "HostVars" }

func (v hostVars) Keys() ([]string, error) {
	return nil, mistake("hostvars as a whole is not known to dcosup: Ansible may have a localhost in it", "write groups['all']")
}

func (v hostVars) Get(name string) (any, bool, error) {
	h := v.e.inv.hosts[name]
	if h == nil {
		return nil, false, nil
	}
	return varsOf{v.e, h}, true, nil
}

// varsOf are the variables of one host: each is evaluated when it is asked for.
type varsOf struct {
	e *evaluation
	h *Host
}

func (v varsOf) Type() string { return "HostVarsVars" }

func (v varsOf) Keys() ([]string, error) {
	return nil, mistake("the variables of "+v.h.Name+" as a whole are not known to dcosup: Ansible has some of its own", "")
}

func (v varsOf) Get(name string) (any, bool, error) { return v.e.variable(v.h, name) }

// ofConnections begin the names of variables that say how to reach a host, and
// that nobody gathers.
var ofConnections = []string{
	"ansible_host", "ansible_port", "ansible_user", "ansible_pass", "ansible_ssh_", "ansible_become", "ansible_sudo", "ansible_su_", "ansible_connection",
	"ansible_private_key", "ansible_python_interpreter", "ansible_shell_", "ansible_scp_", "ansible_sftp_", "ansible_timeout", "ansible_pipelining", "ansible_paramiko_",
	"ansible_winrm_", "ansible_psrp_", "ansible_remote_tmp", "ansible_async_dir", "ansible_network_os", "ansible_httpapi_", "ansible_docker_",
	"ansible_control_path", "ansible_executable", "ansible_group_priority", "ansible_local_tmp", "ansible_managed",
}

// FactNames are the facts that the nodes tell dcosup, by Ansible's names without the
// prefix ansible_.
var FactNames = []string{
	"all_ipv4_addresses", "architecture", "default_ipv4", "distribution", "distribution_major_version", "hostname", "kernel", "machine", "memtotal_mb",
	"nodename", "os_family", "processor_vcpus", "product_name", "service_mgr", "system", "system_vendor",
}

// partsOfFacts are the keys of facts that are mappings; a node need not have all.
var partsOfFacts = map[string][]string{"default_ipv4": {"address", "gateway", "interface"}}

// fact is what Ansible would have gathered of a host under that name.
func (e *evaluation) fact(h *Host, name string) (any, bool, error) {
	if slices.Contains(ofPlaybooks, name) {
		return nil, false, mistake(name+" is a variable of running playbooks, which dcosup does not have", "")
	}
	if name == "ansible_facts" {
		return factsOf{e, h}, true, nil
	}
	short, ok := strings.CutPrefix(name, "ansible_")
	if !ok || slices.ContainsFunc(ofConnections, func(p string) bool { return strings.HasPrefix(name, p) }) && short != "hostname" {
		return nil, false, nil
	}
	return e.gathered(h, short)
}

// gathered is a fact of a host.
func (e *evaluation) gathered(h *Host, name string) (any, bool, error) {
	if !slices.Contains(FactNames, name) {
		hint := ""
		if meant := Suggest(name, FactNames); meant != "" {
			hint = "did you mean ansible_" + meant + "?"
		}
		return nil, false, mistake("ansible_"+name+" is none of the facts that dcosup finds out", hint)
	}
	if e.facts == nil {
		return nil, false, &pendingError{"ansible_" + name + " of " + h.Name}
	}
	facts, asked := e.facts[h.Name]
	if !asked {
		return nil, false, mistake("the fact ansible_"+name+" of "+h.Name+" is needed, and that host is not among the nodes that were asked", "")
	}
	v, ok := facts[name]
	if !ok {
		return nil, false, mistake(h.Name+" does not tell the fact ansible_"+name, "")
	}
	if parts, ok := v.(map[string]any); ok {
		return factParts{name, parts}, true, nil
	}
	return fromFact(v), true, nil
}

func fromFact(v any) any {
	switch d := v.(type) {
	case int:
		return int64(d)
	case []string:
		return texts(d)
	}
	return v
}

// factParts is a fact that is a mapping.
type factParts struct {
	name  string
	parts map[string]any
}

func (f factParts) Type() string { return "dict" }

func (f factParts) Keys() ([]string, error) {
	return nil, mistake("ansible_"+f.name+" as a whole is not known to dcosup, which knows its "+strings.Join(partsOfFacts[f.name], ", "), "")
}

func (f factParts) Get(name string) (any, bool, error) {
	if !slices.Contains(partsOfFacts[f.name], name) {
		return nil, false, mistake("ansible_"+f.name+"."+name+" is none of the facts that dcosup finds out", "")
	}
	v, ok := f.parts[name]
	return fromFact(v), ok, nil
}

// factsOf is the variable ansible_facts of a host.
type factsOf struct {
	e *evaluation
	h *Host
}

func (f factsOf) Type() string { return "dict" }

func (f factsOf) Keys() ([]string, error) {
	return nil, mistake("ansible_facts as a whole is not known to dcosup", "")
}

func (f factsOf) Get(name string) (any, bool, error) { return f.e.gathered(f.h, name) }
