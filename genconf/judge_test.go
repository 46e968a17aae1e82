//go:build ansible

package genconf

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:embed judge.py
var judgeProgram string

// ask gives a question to a real Python with PyYAML, and reads the answer.
func ask(t *testing.T, question, answer any) {
	t.Helper()
	data, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pythonWithYAML(t), "-c", judgeProgram)
	cmd.Stdin = bytes.NewReader(data)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3, which is the judge here and needs PyYAML (Ansible brings it): %v\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(out, answer); err != nil {
		t.Fatalf("python3 answered %q: %v", out, err)
	}
}

// TestJudgeDocument holds that PyYAML sees in what we write the texts that we judged.
func TestJudgeDocument(t *testing.T) {
	var ins []Input
	for _, d := range documents {
		if in, ok := fromYAML(t, d); ok {
			ins = append(ins, in)
		}
	}
	for _, r := range withBooleans(rulings(t)) {
		for _, v := range append(append(append(r.accept, r.unwise...), r.warn...), r.refuse...) {
			ins = append(ins, asked("2.1.0", r.with, settings{r.key: v}))
		}
	}
	for _, s := range oddTexts(3000) {
		ins = append(ins, asked("2.1.0", settings{"weights": s, "gc_delay": settings{s: []any{s}}}))
	}
	var docs []string
	var want []map[string]string
	for _, in := range ins {
		meant, ok := texts(in)
		files, _ := Render(in)
		if !ok {
			continue
		}
		for _, k := range files.Derived {
			if v, err := derivedText(in, k); err == nil {
				meant[k] = v
			}
		}
		docs, want = append(docs, string(files.Config)), append(want, meant)
	}
	var got []map[string]string
	ask(t, map[string]any{"documents": docs}, &got)
	for i := range docs {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("PyYAML reads something else (-meant +read):\n%s\n%s", diff, docs[i])
		}
	}
	if len(docs) < 3000 {
		t.Errorf("only %d documents", len(docs))
	}
}

// derivedText is the text of a key that Render derives.
func derivedText(in Input, name string) (string, error) {
	r := renderer{in: in, config: in.Config}
	r.scripts()
	r.derive()
	v, ok := r.config[name]
	text, p := generatorText(v)
	if !ok || p != nil {
		return "", fmt.Errorf("%s is not derived", name)
	}
	return text, nil
}

// oddTexts are short texts of characters that mean something to YAML, to numbers or to blanks.
func oddTexts(n int) []string {
	const letters = "01579abefnoxyNOY_.:-+ /#,[]{}&*!|>'\"%@`~?=<\\\n\r\t\a\x7f\u0085\u00a0\u00b5\u2028\u0663ü😀T"
	alphabet, random := []rune(letters), rand.New(rand.NewPCG(5, 6))
	out := make([]string, n)
	for i := range out {
		var b strings.Builder
		for range 1 + random.IntN(6) {
			b.WriteRune(alphabet[random.IntN(len(alphabet))])
		}
		out[i] = b.String()
	}
	return out
}

// TestJudgeWords holds what we take for a number, a network, an address, JSON, words and a quantity against Python.
func TestJudgeWords(t *testing.T) {
	words := oddTexts(4000)
	for _, list := range [][]any{numbers, noNumbers, networks4, noNetworks, noList} {
		for _, v := range list {
			if s, ok := v.(string); ok {
				words = append(words, s)
			}
		}
	}
	words = append(words, "5secs", "1.5days x", "٣hrs", "1..2ns", ".ms", "fd01::/64", "::ffff:1.2.3.4", "::1.2.3.4/128", "1:2:3:4:5:6:7::", "1::2::3", "12345::", "10.0.0.0/255.255.0.0", "10.0.0.0/0.0.255.255",
		"0.0.0.0/0.0.0.0", "10.0.0.0/032", "10.0.0.0/33", "1.2.3.4/32", "\x1c5\x1f", "[1,2.0,1e5,-0,NaN,Infinity,-Infinity]", `{"a":1,"a":2}`, `["\ud83d\ude00\/"]`, `"\x"`, "\ufeff[]", "[1,]", "01", "1.", "-", "[\"\t\"]", " [] \n", "{\"a\" : [ ] }")
	got := make([]map[string]any, len(words))
	for i, w := range words {
		_, isInt := pyInt(w)
		_, notNetwork := ipNetwork(w)
		_, is4 := parseIPv4(w)
		_, is6 := parseIPv6(w)
		parsed, err := parseJSON(w)
		var dumped strings.Builder
		if err == nil {
			dumpJSON(&dumped, parsed, nil)
		}
		number, unit, ok := quantity(w)
		if !ok {
			number, unit = "", ""
		}
		got[i] = map[string]any{"word": w, "int": isInt, "network": notNetwork == "", "ipv4": is4, "ipv6": is6, "json": dumped.String(),
			"fields": float64(len(strings.FieldsFunc(w, pySpace))), "quantity": number + "|" + unit}
	}
	var want []map[string]any
	ask(t, map[string]any{"words": words}, &want)
	for i := range words {
		if strings.Contains(words[i], "%") {
			continue // an address with a zone is one since Python 3.9, which no DC/OS has
		}
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("%q (-python +ours):\n%s", words[i], diff)
		}
	}
}

// TestJudgeFloats holds how floats are written.
func TestJudgeFloats(t *testing.T) {
	floats := []float64{0, 1, -1, 0.1, 1.5, 1e5, 1e15, 1e16, 123456789012345680, 1e17, 1e20, 1.25e22, 1e-4, 1e-5, 1.5e-7, 1e300, 5e-324, math.MaxFloat64}
	random := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		floats = append(floats, math.Ldexp(random.Float64()-0.5, random.IntN(200)-100))
	}
	var want, got []string
	ask(t, map[string]any{"floats": floats}, &want)
	for _, f := range floats {
		got = append(got, pyFloat(f))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-python +ours):\n%s", diff)
	}
}

// pythonWithYAML is a Python that has PyYAML: the one in PATH may be another than
// the system's, for which Ansible brings it.
func pythonWithYAML(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import yaml").Run() == nil {
			return python
		}
	}
	t.Fatal("there is no python3 with PyYAML, which is the judge here (make test-ansible installs it with Ansible)")
	return ""
}
