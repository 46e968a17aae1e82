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

var update = flag.Bool("update", false, "write docs/requirements.md anew and, where tests on nodes run, testdata/tried.txt")

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
	fixesPage(&b)
	ports(&b)
	ways(&b)
	measures(&b)
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

func fixesPage(b *strings.Builder) {
	b.WriteString(`
## How fixes do their work

The inventory's variable ` + "`" + FixesVar + "`" + ` says it, for all hosts, a group or one host. Without it Docker comes from the
repositories that a node has, and clocks follow the sources that it knows.

` + "```yaml\n" + `dcos_fixes:
  docker:
    source: docker
    version: "19.03"
  time:
    servers: [time.example.org, 10.0.0.2]
` + "```" + `

| key | meaning | for example |
|---|---|---|
`)
	for _, k := range fixKeys() {
		fmt.Fprintf(b, "| `%s` of `%s` | %s | `%s` |\n", k.Name, k.Section, k.About, k.Example)
	}
	fmt.Fprintf(b, `
Files are on this machine. A path that does not begin with / counts from where the inventory is; for what is said in
group_vars/ or host_vars/, from the directory that these are in.

**Docker's repository** is %s/linux/DISTRIBUTION, and a mirror has the same directories: debian or ubuntu by codename,
fedora, and centos for all that derives from Red Hat's. What derives from Ubuntu or Debian is served by the release that
UBUNTU_CODENAME or DEBIAN_CODENAME in its os-release names. It is written to /etc/apt/sources.list.d/dcosup-docker.list, which
trusts the key in /etc/apt/keyrings for this repository alone, or to /etc/yum.repos.d/dcosup-docker.repo with gpgcheck. The key is
fetched from the repository by https; of a mirror that has only http it must be given. A repository that apt cannot read, or
that is signed by another key, is taken away again.

**The version** is looked for in what the package manager lists; one that there is not is told with those that there are.
The command docker-ce-cli comes in the same version, containerd.io in the newest. It becomes a part of the
requirement %s: a node that has another Docker gets the wanted one as long as there is no DC/OS on it, for its
containers are restarted; with DC/OS it is a warning, and a person drains the node first. A Docker of another
package, such as docker.io where docker-ce is wanted, is never removed for you. Without %s a Docker that is there is left alone.

**Nothing upgrades it in passing**, for a Docker that restarts ends what DC/OS runs: apt is told in
/etc/apt/preferences.d/dcosup-docker to keep what was installed, and the repository for yum and dnf is left switched off. To
upgrade, change %[3]s, or name the version to apt, or the repository to dnf (--enablerepo=dcosup-docker). What
yum or dnf install from the node's own repositories is not kept.

**Files** are sent to /var/lib/dcosup/fixes on the node, which only root can read, and removed when the fix has ended. They
are installed without any repository; only if that cannot be, for what they need, the node's repositories are asked. Nodes of
a family for which no file is named are told so before anything is changed.

**Time servers** are added where the clock is not synchronised: to the configuration of chrony, ntp or ntpsec, each once,
or in /etc/systemd/timesyncd.conf.d/dcosup.conf. ntpsec of Debian waits until three servers agree, and prefers those that
DHCP names: it is told to follow as many as are named here, and its own. Of the services only chrony can be told not to step: by default it steps as long as
there is no DC/OS on the node, which a jump could cost its sessions and elections, and slews after that. ntpd steps what is off
by more than 128 ms and systemd-timesyncd by more than 0.4 s, whatever is said here: an ntpd that must not step would
not tell the kernel that its clock is synchronised, which is what DC/OS asks.
`, dockerHome, "`docker-version`", "`version`")
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
