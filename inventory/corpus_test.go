package inventory_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/inventory/listing"
	"dcosup/inventory/vault"
	"dcosup/secret"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"
)

// The corpus is testdata/corpus: inventories of one feature each, grouped by
// topic, each with what ansible-inventory says of it. A case has the files of its
// directory, and besides these:
//
//	args     lines for Load and for Ansible: -i, -e, --vault-id ID=PASSWORD; and
//	         +x FILE: make it executable
//	         crlf FILE, bom FILE, latin1 FILE: change its lines or characters
//	         copy FROM FILE: a file that is no text for an archive
//	         merge: hash_behaviour = merge
//	         toml first: have Ansible try that format before all others
//	         no ansible: do not ask it
//	         graph, graph --vars, host NAME, yaml: compare these too; YAML by what
//	         it means
//	ansible, ansible-graph, ansible-host, ansible-yaml
//	         what Ansible prints; TestJudgeCorpus holds it against Ansible, and
//	         writes it with -update
//	differs  where dcosup says something else: the reason, in lines that begin with
//	         #, and JSON that is merged into what Ansible says
//	refused  a part of our error, where Ansible fails as well
//	stricter a part of our error, and why we refuse what Ansible takes
//	refused-by-ansible
//	         why Ansible fails where dcosup does not
type corpusCase struct {
	name    string
	topic   string
	files   map[string]string
	answers map[string]string
	verdict map[string]string

	sources, extra   []string
	vaultIDs         []string
	executable       []string
	changes, copies  [][2]string
	merge, tomlFirst bool
	noAnsible        bool
	// asked are the further commands: their arguments, by the name of the answer.
	asked map[string][]string
}

var verdicts = []string{"differs", "refused", "stricter", "refused-by-ansible"}

// corpus reads all cases of testdata/corpus.
func corpus(t *testing.T) []*corpusCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/corpus/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	var cases []*corpusCase
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		topic := strings.TrimSuffix(filepath.Base(path), ".txtar")
		byName := map[string]*corpusCase{}
		for _, f := range archive.Files {
			name, file, ok := strings.Cut(f.Name, "/")
			if !ok {
				t.Fatalf("%s: %s belongs to no case", path, f.Name)
			}
			c := byName[name]
			if c == nil {
				c = &corpusCase{name: name, topic: topic, files: map[string]string{}, answers: map[string]string{}, verdict: map[string]string{}, asked: map[string][]string{}}
				byName[name] = c
				cases = append(cases, c)
			}
			c.add(t, file, string(f.Data))
		}
	}
	for _, c := range cases {
		if c.sources == nil {
			c.sources = []string{"hosts"}
		}
		c.tomlFirst = c.tomlFirst || c.topic == "toml"
	}
	return cases
}

func (c *corpusCase) add(t *testing.T, file, data string) {
	t.Helper()
	if _, twice := c.files[file]; twice {
		t.Fatalf("%s/%s: %s is there twice", c.topic, c.name, file)
	}
	switch {
	case file == "args":
		for _, line := range strings.Split(strings.TrimSpace(data), "\n") {
			c.arg(t, line)
		}
	case slices.Contains(verdicts, file):
		c.verdict[file] = data
	case file == "ansible" || strings.HasPrefix(file, "ansible-"):
		c.answers[file] = data
	default:
		c.files[file] = data
	}
}

func (c *corpusCase) arg(t *testing.T, line string) {
	t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "-i":
		c.sources = append(c.sources, rest)
	case "-e":
		c.extra = append(c.extra, rest)
	case "--vault-id":
		c.vaultIDs = append(c.vaultIDs, rest)
	case "+x":
		c.executable = append(c.executable, rest)
	case "crlf", "bom", "latin1":
		c.changes = append(c.changes, [2]string{word, rest})
	case "copy":
		from, to, _ := strings.Cut(rest, " ")
		c.copies = append(c.copies, [2]string{from, to})
	case "merge":
		c.merge = true
	case "toml":
		c.tomlFirst = true
	case "no":
		c.noAnsible = true
	case "graph":
		c.asked["ansible-graph"] = slices.DeleteFunc([]string{"--graph", rest}, func(s string) bool { return s == "" })
	case "yaml":
		c.asked["ansible-yaml"] = []string{"--list", "--yaml"}
	case "host":
		c.asked["ansible-host"] = []string{"--host", rest}
	case "":
	default:
		t.Fatalf("%s/%s: %q is no line of args", c.topic, c.name, line)
	}
}

// write makes a directory with the files of the case.
func (c *corpusCase) write(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	files := maps.Clone(c.files)
	for _, change := range c.changes {
		text := files[change[1]]
		switch change[0] {
		case "crlf":
			text = strings.ReplaceAll(text, "\n", "\r\n")
		case "bom":
			text = "\ufeff" + text
		case "latin1":
			var b []byte
			for _, r := range text {
				b = append(b, byte(r))
			}
			text = string(b)
		}
		files[change[1]] = text
	}
	for _, from := range c.copies {
		data, err := os.ReadFile(from[0])
		if err != nil {
			t.Fatal(err)
		}
		files[from[1]] = string(data)
	}
	writeFiles(t, dir, files)
	if len(c.files) == 0 {
		return dir
	}
	for _, name := range c.executable {
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load is what dcosup makes of the case.
func (c *corpusCase) load(dir string) (*inventory.Inventory, error) {
	ring := &vault.Keyring{}
	for _, id := range c.vaultIDs {
		label, password, _ := strings.Cut(id, "=")
		ring.Secrets = append(ring.Secrets, vault.Secret{ID: label, Password: secret.Text(password)})
	}
	return inventory.Load(inventory.Options{Sources: c.sources, ExtraVars: c.extra, WorkDir: dir, HomeDir: dir, MergeHashes: c.merge, Vault: ring,
		Run: runIn(dir)})
}

// runIn runs executable inventories as a person's shell would in a directory.
func runIn(dir string) func(string, ...string) ([]byte, error) {
	return func(path string, args ...string) ([]byte, error) {
		cmd := exec.Command(path, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME=/nonexistent", "LC_ALL=C.UTF-8", "PWD="+dir)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil && stderr.Len() > 0 {
			err = fmt.Errorf("%w: %s", err, stderr.String())
		}
		return out, err
	}
}

// answer is what dcosup prints where Ansible would print the answer of that name.
func (c *corpusCase) answer(t *testing.T, inv *inventory.Inventory, name string) string {
	t.Helper()
	o := listing.Options{Secrets: true, Vars: slices.Contains(c.asked[name], "--vars")}
	switch name {
	case "ansible-yaml":
		o.YAML = true
	case "ansible-graph":
		return listing.Graph(inv, inv.Group("all"), o)
	case "ansible-host":
		return listing.Host(inv, inv.Host(c.asked[name][1]), o)
	}
	return listing.List(inv, o)
}

// names are those of the answers that the case has.
func (c *corpusCase) names() []string {
	return append([]string{"ansible"}, slices.Sorted(maps.Keys(c.asked))...)
}

// want is what dcosup is to print: Ansible's answer, but for what differs.
func (c *corpusCase) want(t *testing.T, name string) string {
	t.Helper()
	answer := c.answers[name]
	differs, ok := c.verdict["differs"]
	if !ok || name != "ansible" {
		return answer
	}
	reason, patch, _ := strings.Cut(differs, "\n{")
	if !strings.HasPrefix(reason, "# ") {
		t.Fatalf("%s/%s differs without a reason", c.topic, c.name)
	}
	var said, other map[string]any
	if answer != "" {
		if err := json.Unmarshal([]byte(answer), &said); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal([]byte("{"+patch), &other); err != nil {
		t.Fatalf("differs: %v", err)
	}
	return pretty(t, patched(said, other))
}

// patched is what JSON objects say together, the second one last.
func patched(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range b {
		before, ok := out[k].(map[string]any)
		after, isMap := v.(map[string]any)
		if ok && isMap {
			v = patched(before, after)
		}
		out[k] = v
	}
	return out
}

// meaning is what YAML says, written in one way.
func meaning(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return fmt.Sprintf("%#v", v)
}

// canonical is JSON with its keys sorted.
func canonical(t *testing.T, text string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return pretty(t, v)
}

func pretty(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "    ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// TestCorpus holds dcosup against Ansible's answers as they are recorded, so that
// it needs no Ansible.
func TestCorpus(t *testing.T) {
	for _, c := range corpus(t) {
		t.Run(c.topic+"/"+c.name, func(t *testing.T) {
			inv, err := c.load(c.write(t))
			for _, kind := range []string{"refused", "stricter"} {
				if want, ok := c.verdict[kind]; ok {
					part, _, _ := strings.Cut(want, "\n")
					if err == nil || !strings.Contains(err.Error(), part) {
						t.Errorf("error = %v, want one with %q", err, part)
					}
					return
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := c.verdict["refused-by-ansible"]; ok {
				return
			}
			for _, name := range c.names() {
				got := c.answer(t, inv, name)
				want := c.want(t, name)
				// Ansible does not sort what has keys of several types.
				if unsorted := strings.HasPrefix(want, "{") && !strings.HasPrefix(want, "{\n    \"_meta\""); name == "ansible" && (unsorted || c.verdict["differs"] != "") {
					want, got = canonical(t, want), canonical(t, got)
				}
				if name == "ansible-yaml" {
					want, got = meaning(t, want), meaning(t, got)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// TestYAMLIsAnInventory reads what List writes as YAML: it says the same again.
func TestYAMLIsAnInventory(t *testing.T) {
	// Names that would be ranges or ports in a file.
	skipped := []string{"sources/a-list-of-addresses", "sources/a-list-of-hosts", "programs/no-ranges-and-no-ports", "ports/odd-names", "ports/words-as-ports", "ports/ports"}
	for _, c := range corpus(t) {
		name := c.topic + "/" + c.name
		if slices.Contains(skipped, name) {
			continue
		}
		inv, err := c.load(c.write(t))
		if err != nil {
			continue // TestCorpus says whether that is right
		}
		t.Run(name, func(t *testing.T) {
			text := listing.List(inv, listing.Options{YAML: true, Secrets: true})
			again, err := load(t, map[string]string{"hosts.yml": text}, inventory.Options{Sources: []string{"hosts.yml"}})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			o := listing.Options{Secrets: true}
			if diff := cmp.Diff(unordered(t, listing.List(inv, o)), unordered(t, listing.List(again, o))); diff != "" {
				t.Errorf("read again (-first +again):\n%s\n%s", diff, text)
			}
		})
	}
}

// unordered is JSON of a list with the members of groups sorted: YAML has them so.
func unordered(t *testing.T, text string) string {
	t.Helper()
	var groups map[string]map[string]any
	if err := json.Unmarshal([]byte(text), &groups); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, members := range g {
			if list, ok := members.([]any); ok {
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
	}
	return pretty(t, groups)
}

// TestCorpusIsBig holds how much of Ansible's formats there is at least.
func TestCorpusIsBig(t *testing.T) {
	if n := len(corpus(t)); n < 150 {
		t.Errorf("the corpus has %d inventories", n)
	}
}
