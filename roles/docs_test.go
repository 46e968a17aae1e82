package roles

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/requirements.md anew")

const requirementsPage = "../docs/requirements.md"

// The page is made from the table, so that it cannot be wrong. To write it anew:
//
//	go test ./roles -run TestRequirementsPage -update
func TestRequirementsPage(t *testing.T) {
	want := page()
	if *update {
		if err := os.WriteFile(requirementsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(requirementsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is old; write it anew with -update (-want +got):\n%s", requirementsPage, diff)
	}
}

func page() string {
	var b strings.Builder
	b.WriteString(`# What a node needs

This page is made from the code by ` + "`go test ./roles -run TestRequirementsPage -update`" + `: change it there.

` + "`dcosup check`" + ` asks every node for its facts and judges them by this table; ` + "`dcosup apply`" + ` does so too, and fixes what
it can. *Fails* means that the installation does not begin on that node, *warns* that it does. Where nothing is said in the last
column, only a person can help, and the finding says how. What a requirement finds can be milder than the table says: for example,
less memory than is wanted for production is a warning, less than the floor a failure.

| id | what must be so | and if not | nodes | DC/OS | why | the fix |
|---|---|---|---|---|---|---|
`)
	for _, r := range All() {
		fmt.Fprintf(&b, "| `%s` | %s | %ss | %s | %s | %s | %s |\n",
			r.ID, r.Title, r.Severity, nodes(r.Roles), versions(r), r.Why, r.fixText)
	}
	b.WriteString("\n## Programs\n\nThey are looked for by name; where one is missing, its package is installed.\n\n" +
		"| program | Debian's family | Red Hat's family | nodes |\n|---|---|---|---|\n")
	for _, c := range neededCommands {
		who := "masters, agents"
		if c.bootstrap {
			who = "all"
		}
		if c.only != "" {
			who += ", DC/OS " + c.only + " only"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.name, c.debian, c.redhat, who)
	}
	b.WriteString("\n## Sizes\n\nIn decimal gigabytes. Less than wanted is a warning, less than a floor a failure while DC/OS is not installed.\n\n" +
		"| node | processors | memory, floor | size of /, floor of what is free | free in /var, floor |\n|---|---|---|---|---|\n")
	for _, role := range []inventory.Role{inventory.RoleBootstrap, inventory.RoleMaster, inventory.RoleAgent} {
		l := DefaultLimits(role)
		fmt.Fprintf(&b, "| %s | %d | %s, %s | %s, %s | %s, %s |\n", role, l.CPUs, size(l.Memory), size(l.MemoryFloor),
			size(l.Disk), size(l.DiskFloor), size(l.VarFree), size(l.VarFloor))
	}
	b.WriteString("\n## Ports\n\nThey must be free, over TCP and UDP, before DC/OS is installed.\n\n| port | service | nodes | DC/OS |\n|---|---|---|---|\n")
	for _, p := range dcosPorts {
		who := []string{}
		if p.master {
			who = append(who, "masters")
		}
		if p.agent {
			who = append(who, "agents")
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", p.number, p.service, strings.Join(who, ", "), versions(Requirement{From: p.from, Before: p.before}))
	}
	return b.String()
}

func nodes(roles []inventory.Role) string {
	if roles == nil {
		return "all"
	}
	return "masters, agents"
}

func versions(r Requirement) string {
	switch {
	case r.From != "" && r.Before != "":
		return "from " + r.From + ", before " + r.Before
	case r.From != "":
		return "from " + r.From
	case r.Before != "":
		return "before " + r.Before
	}
	return "all"
}
