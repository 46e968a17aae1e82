package genconf

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	standin "dcosup/testing/lab/release/genconf"
)

// otherOpinion is what the lab's stand-in of the generator, which was written apart from this package, says of a
// rendered configuration of 2.1.
type otherOpinion struct{ dir string }

func newOtherOpinion(t *testing.T, files Files) otherOpinion {
	t.Helper()
	dir := t.TempDir()
	detect, _ := files.Script(IPDetect)
	for name, text := range map[string][]byte{ipDetectFile: detect.Content, ipDetectPublicFile: detect.Content} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return otherOpinion{dir}
}

func (o otherOpinion) of(config []byte) error {
	values, err := standin.ParseValues(config)
	if err != nil {
		return err
	}
	_, err = standin.Validate(values, o.dir)
	return err
}

// TestTwoOpinions runs everything that the tests know, and mixtures of it, through both.
func TestTwoOpinions(t *testing.T) {
	const release, line = "2.1.0", 201
	var all []settings
	single := map[string][]settings{}
	for _, r := range withBooleans(rulings(t)) {
		if !r.holds(line) {
			continue
		}
		for _, v := range append(append(append(r.accept, r.unwise...), r.warn...), r.refuse...) {
			s := merge(r.with, settings{r.key: v})
			all, single[r.key] = append(all, s), append(single[r.key], s)
		}
	}
	for _, rs := range jointRulings() {
		for _, r := range rs {
			all = append(append(all, r.accept...), r.refuse...)
		}
	}
	for _, k := range keyTable() {
		if strings.HasSuffix(k.name, "detect_contents") || k.name == "ip_detect_public_contents" {
			continue // taken out of the configuration
		}
		all = append(all, settings{k.name: "x"}, settings{k.name: nil}, settings{k.name: "a\nb"}, settings{k.name: "a\n"}, settings{k.name: 5}, merge(balanced, settings{k.name: "x"}))
	}
	random := rand.New(rand.NewPCG(1, 2))
	names := sortedKeys(single)
	for range 800 {
		mix := settings{}
		for range 2 + random.IntN(2) {
			of := single[names[random.IntN(len(names))]]
			mix = merge(mix, of[random.IntN(len(of))])
		}
		all = append(all, mix)
	}
	files, _ := Render(asked(release))
	opinion := newOtherOpinion(t, files)
	verdicts := map[bool]int{}
	for _, s := range all {
		in := asked(release, s)
		in.Lenient = true
		files, findings := Render(in)
		other := opinion.of(files.Config)
		if HasErrors(findings) != (other != nil) {
			t.Errorf("%s: the other opinion is %v, ours %v", short(s), other, findings)
		}
		verdicts[other == nil]++
	}
	if verdicts[true] < 500 || verdicts[false] < 500 {
		t.Errorf("of %d configurations, %d were accepted and %d refused: too few to tell", len(all), verdicts[true], verdicts[false])
	}
}

func short(s settings) string { return shorten(fmt.Sprintf("%#v", s)) }
