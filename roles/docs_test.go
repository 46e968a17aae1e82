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
	measures(&b)
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

func measures(b *strings.Builder) {
	l := DefaultLimits(inventory.RoleAgent)
	fmt.Fprintf(b, `
## Bandwidth and latency

%[1]s measures both, too; they vary, so what is too little is a warning.

**Bandwidth.** A node downloads about %[2]s of packages from the bootstrap node. That may take %.0[3]f minutes, half of
what dcosup gives an installation, so a node is to get %[4]s by itself. The bootstrap node is to send as much to each of the
nodes that install at once: all masters, or as many as a hundred agents. A node is not blamed for a bootstrap node that is slow,
nor that one for nodes that are.

**Latency.** DC/OS's documentation has all masters in one region, whose zones are up to 10 ms apart, and agents in regions that
are less than 100 ms away: so a round trip is to take at most %[5]s between masters, and %[6]s between an agent and a master.
etcd, which DC/OS has from 2.1 on, counts on 100 ms between its heartbeats. Of a slow way between two nodes the one is told
whose other ways are slow as well; if that cannot be said, both are. Of the limits of two nodes the larger one counts.

What cannot be measured is a warning that says so; a node that was not to be measured has no finding. [Commands](commands.md#what-a-check-tells)
says what measuring costs.
`, "`dcosup check --network`", size(packageSet), DownloadTime.Minutes(), rate(l.Bandwidth), l.MastersApart, l.AgentsApart)
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
