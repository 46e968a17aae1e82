package genconf

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/config.md anew")

// docs/config.md is made from the tables: go test ./genconf -run ConfigPage -update
func TestConfigPage(t *testing.T) {
	const page = "../docs/config.md"
	want := configPage()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the page is not what the tables say; make it anew with -update (-tables +page):\n%s", diff)
	}
}

const pageHead = `# config.yaml

Every key of ` + "`dcos.config`" + ` that DC/OS's generator knows on given machines, in DC/OS 1.11
to 2.2. This page is made from the tables that dcosup judges with.

The generator ignores keys that it does not know, and judges a key only where the
chosen configuration reads it ("read where"). dcosup warns of both. A value of
` + "`config.yaml`" + ` is text, a whole number, true or false, a list or a mapping; on anything
else (nothing, a fraction, a date) the generator crashes: put such values in quotes.
Where its own rule is too weak to be useful, dcosup is stricter. What must be given
and follows from the inventory, [dcosup derives](inventory.md): the masters, the URL of
the install files, static discovery.

`

const pageExamples = `## Examples

` + "```yaml" + `
dcos:
  config:
    dcos_overlay_network:
      vtep_subnet: 44.128.0.0/20
      vtep_subnet6: fd01:a::/64
      vtep_mac_oui: "70:B3:D5:00:00:00"
      overlays:
        - {name: dcos, subnet: 9.0.0.0/8, prefix: 24}
        - {name: dcos6, subnet6: "fd01:b::/64", prefix6: 80}
    custom_checks:
      node_checks:
        checks:
          disk: {description: The disk is healthy., cmd: [/usr/local/bin/disk], timeout: 10s, roles: [agent]}
        poststart: [disk]
` + "```" + `
`

func configPage() string {
	var b strings.Builder
	b.WriteString(pageHead)
	for _, topic := range []struct {
		title string
		keys  []key
	}{{"The cluster", clusterKeys()}, {"Networks", networkKeys()}, {"Mesos and Docker", mesosKeys()}, {"Services", serviceKeys()}} {
		fmt.Fprintf(&b, "## %s\n\n| key | default | must be | read where | releases |\n|---|---|---|---|---|\n", topic.title)
		for _, k := range topic.keys {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.name, defaultWords(k), cmp.Or(k.rule.words, "text"), whenWords(k), releaseWords(k))
		}
		b.WriteString("\n")
	}
	b.WriteString("## Rules over several keys\n\n")
	for _, j := range jointRules() {
		fmt.Fprintf(&b, "- `%s`: %s", strings.Join(j.keys, "`, `"), j.words)
		if j.since != 0 {
			fmt.Fprintf(&b, " (%s and later)", lineName(j.since))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n" + pageExamples)
	b.WriteString("\n## Other keys\n")
	fmt.Fprintf(&b, "\nKeys of DC/OS Enterprise, which the open release ignores: %s, `fault_domain_enabled`.\n", names(otherProgramsKeys(), enterprise))
	fmt.Fprintf(&b, "\nKeys of the SSH installer that DC/OS had until 1.12, which say nothing now: %s.\n", names(otherProgramsKeys(), sshInstaller))
	fmt.Fprintf(&b, "\nKeys that the generator computes and refuses: %s. Also `num_masters` where\n`master_discovery` is static, and `rexray_config` where `rexray_config_preset` is aws.\n", names(computedKeys(), computed))
	return b.String()
}

// names lists the keys of a kind, with the releases that have them.
func names(keys []key, kind kind) string {
	var out []string
	for _, k := range keys {
		if k.kind == kind {
			name := "`" + k.name + "`"
			if r := releaseWords(k); r != "" {
				name += " (" + r + ")"
			}
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func defaultWords(k key) string {
	code := func(def string) string {
		switch {
		case def == "":
			return "nothing"
		case strings.HasPrefix(def, "{\"vtep"):
			return "see below"
		case strings.Contains(def, " ") && !strings.ContainsAny(def, "[{"), keysByName()[def].name != "":
			return def
		}
		return "`" + def + "`"
	}
	if k.kind == required {
		return "must be given"
	}
	words := code(k.def)
	for _, o := range k.was {
		words += fmt.Sprintf("; until %s %s", lineName(o.until), code(o.def))
	}
	return words
}

func whenWords(k key) string {
	if k.copy == unread {
		return "nowhere in the open release"
	}
	var words []string
	for _, c := range k.when {
		words = append(words, c.String())
	}
	return strings.Join(words, ", or ")
}

func releaseWords(k key) string {
	switch {
	case k.since != 0 && k.until == k.since:
		return lineName(k.since) + " only"
	case k.since != 0 && k.until != 0:
		return lineName(k.since) + " to " + lineName(k.until)
	case k.since != 0:
		return lineName(k.since) + " and later"
	case k.until != 0:
		return lineName(k.until) + " and earlier"
	case k.rule.since != 0:
		return "read by " + lineName(k.rule.since) + " and later"
	}
	return ""
}
