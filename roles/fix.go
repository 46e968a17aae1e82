package roles

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// FixPackages is the name of the one fix that installs all missing packages.
const FixPackages = "packages"

// FixDocker is the name of the fix that installs the Docker that a person chose.
const FixDocker = "docker-packages"

//go:embed fixes/*.sh
var fixFiles embed.FS

// fix is a fragment of shell, with the variables that it is given.
type fix struct {
	id    string
	files []string // in fixes/, to be joined
	needs []string // fixes that must not have failed before it
	vars  func(fixContext) (map[string]string, error)
}

// fixContext is what the variables of fixes are made from.
type fixContext struct {
	findings []Finding // those to fix
	facts    Facts
	spec     Spec
}

// fixTable holds all fixes in the order in which they run: packages before what
// comes with them, the resolver after the last download by name.
func fixTable(f Facts) []fix {
	manager := []string{"apt.sh", "packages-apt.sh"}
	docker := []string{"apt.sh", "docker.sh", "docker-apt.sh"}
	if f.OS.Family == FamilyRedHat {
		manager = []string{"rpm.sh", "packages-rpm.sh"}
		docker = []string{"rpm.sh", "docker.sh", "docker-rpm.sh"}
	}
	return []fix{
		{id: FixPackages, files: manager, vars: packageVars},
		{id: FixDocker, files: docker, vars: dockerVars},
		{id: "overlay", files: []string{"overlay.sh"}, needs: []string{FixPackages}},
		{id: "selinux", files: []string{"selinux.sh"}, vars: selinuxVars},
		{id: "group-docker", files: []string{"group.sh"}, vars: constant("GROUP", "docker")},
		{id: "group-nogroup", files: []string{"group.sh"}, vars: constant("GROUP", "nogroup")},
		{id: "ipv6", files: []string{"ipv6.sh"}},
		{id: "hostname", files: []string{"hostname.sh"}, vars: hostnameVars},
		{id: "firewall", files: []string{"firewall.sh"}},
		{id: "dnsmasq", files: []string{"dnsmasq.sh"}},
		{id: "resolved-stub", files: []string{"resolved-stub.sh"}},
		{id: "docker-running", files: []string{"docker-running.sh"}, needs: []string{FixPackages, FixDocker, "overlay"}},
		{id: "docker-enabled", files: []string{"docker-enabled.sh"}, needs: []string{FixPackages, FixDocker}},
		{id: "docker-storage", files: []string{"docker-storage.sh"}, needs: []string{"overlay", "docker-running"}, vars: storageVars},
		{id: "ntp-running", files: []string{"ntp-running.sh"}, needs: []string{FixPackages}, vars: timeVars},
		{id: "ntp-synchronised", files: []string{"ntp-synchronised.sh"}, needs: []string{FixPackages, "ntp-running"}, vars: syncVars},
	}
}

func constant(name, value string) func(fixContext) (map[string]string, error) {
	return func(fixContext) (map[string]string, error) { return map[string]string{name: value}, nil }
}

func packageVars(c fixContext) (map[string]string, error) {
	names := packagesFor(c.findings, c.facts, c.spec)
	if len(names) == 0 {
		return nil, fmt.Errorf("no package is known that would help")
	}
	vars := map[string]string{"PACKAGES": strings.Join(names, " ")}
	if c.facts.OS.Family == FamilyRedHat {
		vars["MANAGER"] = c.facts.OS.Manager
	}
	return vars, nil
}

func selinuxVars(c fixContext) (map[string]string, error) {
	mode := c.spec.selinuxMode()
	if _, known := strictness[mode]; !known {
		return nil, fmt.Errorf("selinux mode %q: want enforcing, permissive or disabled", mode)
	}
	return map[string]string{"MODE": mode}, nil
}

func storageVars(c fixContext) (map[string]string, error) {
	config, err := daemonConfig(c.facts.Docker.Config)
	return map[string]string{"CONFIG": config, "SEEN": c.facts.Docker.Config}, err
}

func hostnameVars(c fixContext) (map[string]string, error) {
	address := ownAddress(c.facts, c.spec)
	if !address.IsValid() || !plainName(c.facts.Hostname) {
		return nil, fmt.Errorf("host name %q at %s: want a name and an address", c.facts.Hostname, address)
	}
	return map[string]string{"NAME": c.facts.Hostname, "ADDRESS": address.String()}, nil
}

func timeVars(c fixContext) (map[string]string, error) {
	return map[string]string{"UNIT": timeUnit(c.facts)}, nil
}

func syncVars(c fixContext) (map[string]string, error) {
	for _, server := range c.spec.Fixes.Time.Servers {
		if !plainServer(server) {
			return nil, fmt.Errorf("NTP server %q: want a host name or an address", server)
		}
	}
	return map[string]string{
		"UNIT":    timeUnit(c.facts),
		"SERVERS": strings.Join(c.spec.Fixes.Time.Servers, " "),
		"STEP":    ifText(c.spec.stepsClock(c.facts), "yes"),
		"WAIT":    strconv.Itoa(c.spec.syncWait()),
	}, nil
}

// plainServer says whether a time server is a name or an address, and nothing
// that a configuration would take for something else.
func plainServer(server string) bool {
	return server != "" && server[0] != '-' && !strings.ContainsFunc(server, func(r rune) bool { return !hostRune(r) })
}

func hostRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_:", r)
}

// toFix keeps the findings that ask for a fix which can be made.
func toFix(findings []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool {
		return f.Status == Pass || !f.Fixable
	})
}

// FixIDs returns the names of the fixes that FixScript runs for the findings, in
// their order. It is empty when there is nothing to fix.
func FixIDs(findings []Finding) []string {
	wanted := toFix(findings)
	var ids []string
	for _, fix := range fixTable(Facts{}) {
		if slices.ContainsFunc(wanted, func(f Finding) bool { return f.FixID == fix.id }) {
			ids = append(ids, fix.id)
		}
	}
	return ids
}

// FixScript returns one script with all fixes that the findings ask for, or ""
// when they ask for none. Its output is for FixParser; it exits with 1 if a fix
// failed. An error says that a fix cannot be made from what is known.
func FixScript(findings []Finding, f Facts, s Spec) (string, error) {
	ids := FixIDs(findings)
	if len(ids) == 0 {
		return "", nil
	}
	context := fixContext{findings: toFix(findings), facts: f, spec: s}
	var functions, calls strings.Builder
	for _, fix := range fixTable(f) {
		if !slices.Contains(ids, fix.id) {
			continue
		}
		function, err := fix.function(context)
		if err != nil {
			return "", fmt.Errorf("fix %s: %w", fix.id, err)
		}
		functions.WriteString(function)
		fmt.Fprintf(&calls, "\tfix %s %s %s\n", fix.id, fix.name(), strings.Join(fix.needs, " "))
	}
	return fragment("journal.sh") + fragment("head.sh") + functions.String() +
		"\nmain() {\n\tfinish\n" + calls.String() +
		"\tprintf '%s\\n' 'dcosup-fix done'\n" +
		"\t[ \"$failed\" = ' ' ]\n}\n\nmain </dev/null\n", nil
}

func (f fix) name() string { return "fix_" + strings.ReplaceAll(f.id, "-", "_") }

// function wraps the fragment so that its first failing command ends it, and
// nothing else.
func (f fix) function(c fixContext) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s() (\nset -eu\n", f.name())
	if f.vars != nil {
		vars, err := f.vars(c)
		if err != nil {
			return "", err
		}
		for _, name := range slices.Sorted(maps.Keys(vars)) {
			fmt.Fprintf(&b, "%s=%s\n", name, quote(vars[name]))
		}
	}
	for _, file := range f.files {
		b.WriteString(fragment(file))
	}
	b.WriteString(")\n")
	return b.String(), nil
}

// quote makes any text one word of POSIX sh.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// fragment returns an embedded file. One that is missing is a mistake of this
// package, which its tests find.
func fragment(name string) string {
	content, err := fixFiles.ReadFile("fixes/" + name)
	if err != nil {
		panic(err)
	}
	return string(content)
}
