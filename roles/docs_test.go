package roles

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/testing/lab/tried"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/requirements.md anew and, in TestFamilies, testdata/tried.txt")

const requirementsPage = "../docs/requirements.md"

// The page is made from the table, so that it cannot be wrong. To write it anew:
//
//	go test ./roles -run TestRequirementsPage -update
func TestRequirementsPage(t *testing.T) {
	record, err := tried.Read(recordFile)
	if err != nil {
		t.Fatal(err)
	}
	want := page(record)
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

func page(record *tried.Record) string {
	var b strings.Builder
	b.WriteString(`# What a node needs

This page is made from the code by ` + "`go test ./roles -run TestRequirementsPage -update`" + `: change it there.

` + "`dcosup check`" + ` asks every node for its facts and judges them by this table; ` + "`dcosup apply`" + ` does so too, and fixes what
it can. *Fails* means that the installation does not begin on that node, *warns* that it does. Where nothing is said in the last
column, only a person can help, and the finding says how. What a requirement finds can be milder than the table says: for example,
less memory than is wanted for production is a warning, less than the floor a failure.

| id | what must be so | and if not | nodes | DC/OS | why | how it is found out | the fix |
|---|---|---|---|---|---|---|---|
`)
	for _, r := range Known() {
		fmt.Fprintf(&b, "| `%s` | %s | %ss | %s | %s | %s | %s | %s |\n",
			r.ID, r.Title, r.Severity, nodes(r), versions(r), r.Why, r.Probe, r.fixText)
	}
	programs(&b)
	sizesOf(&b)
	policyPage(&b)
	ports(&b)
	ways(&b)
	onNodes(&b, record)
	return b.String()
}

func programs(b *strings.Builder) {
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
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", c.name, c.debian, c.redhat, who)
	}
}

func sizesOf(b *strings.Builder) {
	b.WriteString("\n## Sizes\n\nIn decimal gigabytes. Less than wanted is a warning, less than a floor a failure while DC/OS is not installed.\n\n" +
		"| node | processors | memory, floor | size of /, floor of what is free | free in /var, floor | free in /opt | inodes, floor |\n|---|---|---|---|---|---|---|\n")
	for _, role := range []inventory.Role{inventory.RoleBootstrap, inventory.RoleMaster, inventory.RoleAgent} {
		l := DefaultLimits(role)
		fmt.Fprintf(b, "| %s | %d | %s, %s | %s, %s | %s, %s | %s | %d, %d |\n", role, l.CPUs, size(l.Memory), size(l.MemoryFloor),
			size(l.Disk), size(l.DiskFloor), size(l.VarFree), size(l.VarFloor), size(l.OptFloor), l.Inodes, l.InodesFloor)
	}
}

func policyPage(b *strings.Builder) {
	b.WriteString(`
## Changing requirements

The inventory's variable ` + "`" + PolicyVar + "`" + ` changes requirements, for all hosts, a group or one host. As with any variable of
Ansible, the value of a host replaces that of its groups as a whole.

` + "```yaml\n" + `dcos_requirements:
  memory:
    floor: 2 GB
  firewall:
    severity: warn
    reason: the zone of the cluster's network lets everything through
  tmp-exec:
    severity: off
    reason: TMPDIR is set for all units
` + "```" + `

| key | meaning |
|---|---|
| ` + "`severity`" + ` | ` + "`fail`" + `, ` + "`warn`" + ` or ` + "`off`" + `. With ` + "`warn`" + ` apply still fixes what it can; with ` + "`off`" + ` it leaves it alone |
| ` + "`reason`" + ` | why; it is shown in reports. Needed for ` + "`off`" + `, and for ` + "`warn`" + ` where the requirement fails otherwise |
`)
	for _, k := range limitKeys() {
		fmt.Fprintf(b, "| `%s` of `%s` | %s; for example %s |\n", k.Name, k.Requirement, k.About, k.Example)
	}
	var firm []string
	for _, r := range Known() {
		if r.firm {
			firm = append(firm, "`"+r.ID+"`")
		}
	}
	fmt.Fprintf(b, "\n%s cannot be changed: they keep an installed cluster from harm.\n", strings.Join(firm, " and "))
}

func ports(b *strings.Builder) {
	b.WriteString("\n## Ports\n\nThey must be free, over TCP and UDP, before DC/OS is installed.\n\n| port | service | nodes | DC/OS |\n|---|---|---|---|\n")
	for _, p := range dcosPorts {
		who := []string{}
		if p.master {
			who = append(who, "masters")
		}
		if p.agent {
			who = append(who, "agents")
		}
		fmt.Fprintf(b, "| %d | %s | %s | %s |\n", p.number, p.service, strings.Join(who, ", "), versions(Requirement{From: p.from, Before: p.before}))
	}
}

func ways(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Ways between nodes\n\n`dcosup check --network` tries them, and the port of bootstrap_url from masters and agents to the\n"+
		"bootstrap node. Groups of more than %d nodes are tried in part, so that every node is tried and tries.\n\n"+
		"| port | service | from | to | DC/OS |\n|---|---|---|---|---|\n", wholeMesh)
	for _, l := range dcosLinks {
		port := fmt.Sprintf("%d/%s", l.port, l.proto)
		if l.proto == "icmp" {
			port = "ICMP"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", port, l.service, nodes(Requirement{Roles: l.sources}), nodes(Requirement{Roles: l.targets}),
			versions(Requirement{From: l.since, Before: l.before}))
	}
}

func onNodes(b *strings.Builder, record *tried.Record) {
	b.WriteString(`
## Tried on real nodes

What was seen of each requirement on the nodes of the [lab](../testing/lab/README.md), by the tests that write ` + "`roles/" + recordFile + "`" + ` and
fail when they see anything else. *Unmet*: a node that does not meet it, and is told so. *Fixed*: the fix ran on such a
node, which met it then. *Met*: a node that meets it. What is measured (versions, processors, memory, the disk) was held
against limits that no node meets, and that each does. The nodes of Red Hat's family and of Flatcar are
imitations made of Debian. A star says that something on the node answered in place of what containers cannot have:
what is below the table, by number. The probe, the judgement and the fix are the product's all the same.

| id | Debian's family | Red Hat's family | Flatcar | imitated |
|---|---|---|---|---|
`)
	var reasons []string
	for _, r := range Known() {
		words := map[string]string{}
		var notes []string
		for _, row := range record.Of(r.ID) {
			words[row.Family] = row.Words()
			if row.Reason == "" {
				continue
			}
			if !slices.Contains(reasons, row.Reason) {
				reasons = append(reasons, row.Reason)
			}
			if note := strconv.Itoa(slices.Index(reasons, row.Reason) + 1); !slices.Contains(notes, note) {
				notes = append(notes, note)
			}
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", r.ID, words[string(FamilyDebian)], words[string(FamilyRedHat)],
			words[string(FamilyFlatcar)], strings.Join(notes, ", "))
	}
	b.WriteString("\n")
	for i, reason := range reasons {
		fmt.Fprintf(b, "%d. %s\n", i+1, reason)
	}
}

func nodes(r Requirement) string {
	words := map[inventory.Role]string{inventory.RoleMaster: "masters", inventory.RoleAgent: "agents"}
	var who []string
	for _, role := range r.Roles {
		if words[role] != "" { // public agents are agents, too
			who = append(who, words[role])
		}
	}
	if who == nil {
		who = []string{"all"}
	}
	for _, family := range r.Families {
		who = append(who, string(family)+" only")
	}
	return strings.Join(who, ", ")
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
