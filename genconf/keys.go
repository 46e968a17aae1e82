package genconf

import (
	"slices"
	"strings"
	"sync"
)

// kind says who sets a key.
type kind int

const (
	optional     kind = iota // has a default
	required                 // has none; must be given where it is read
	computed                 // the generator's own; refused when a person sets it
	enterprise               // known to DC/OS Enterprise only; the open generator ignores it without a word
	sshInstaller             // read only by the SSH installer that DC/OS had until 1.12
)

// key is one row of the table of what the generator knows. A row that says nothing more is a key that takes any text
// of one line in every release.
type key struct {
	name  string
	kind  kind
	since int // first release line that knows it, as in [releaseLine]; 0 = 1.11 or earlier
	until int // last release line that knows it; 0 = still known
	// def is the default, as the generator writes it, and was what it was in earlier releases. Where computed says so,
	// there is a default that depends on other keys.
	def string
	was []older
	// rule judges the value; the zero rule takes any text.
	rule rule
	// when are the switches that make the generator read the key: any of them is enough, and none means always. A key
	// that is not read is not judged, and is not missing.
	when []condition
	// fixed are switches under which the generator computes the key although it is not of that kind.
	fixed []condition
	copy  copied
}

// older is a default that held until a release line, including it.
type older struct {
	until int
	def   string
}

// condition holds where a key has one of the values, by a person's hand or by default. Without values it holds where
// no person gave the key.
type condition struct {
	key    string
	values []string
}

func is(key string, values ...string) condition { return condition{key, values} }

func absent(key string) condition { return condition{key: key} }

func (c condition) String() string {
	if len(c.values) == 0 {
		return c.key + " is not given"
	}
	return c.key + " is " + strings.Join(c.values, " or ")
}

// copied says how the generator puts the value into the YAML that it then reads itself. A line end within it ends
// there in a traceback, unless the value is written as JSON or YAML anew.
type copied int

const (
	within   copied = iota // text follows on the same line, so that there can be no line end at all
	lineTail               // the value ends its line, so that it may end in a line end
	anew                   // written anew, or not written
	unread                 // nothing reads it in a cluster on given machines: it may be anything
)

// rule is what a value must be.
type rule struct {
	words string // the rule for people: "a whole number of at least 552"
	hint  string // what to write instead; words with "write" before them where it is empty
	since int    // first release line that reads the key; 0 = all that know it
	check check
}

// check judges one value as the generator sees it: text, or JSON for lists and mappings. line is the release line,
// 0 where the version is not known: then only what every release refuses is refused.
type check func(value string, line int) []problem

// keyTable lists every key of the on-premises generator of DC/OS 1.11 to 2.2, by topic. A key that is not here is one
// that the generator ignores.
func keyTable() []key {
	return slices.Concat(clusterKeys(), networkKeys(), mesosKeys(), serviceKeys(), computedKeys(), otherProgramsKeys())
}

// keysByName is the table by name, made once: nobody changes it.
var keysByName = sync.OnceValue(func() map[string]key {
	byName := map[string]key{}
	for _, k := range keyTable() {
		byName[k.name] = k
	}
	return byName
})

// keyNames are the names of all keys, sorted.
var keyNames = sync.OnceValue(func() []string { return sortedKeys(keysByName()) })

// known says whether a release line has the key. Where the line is not known, only keys of all lines are.
func (k key) known(line int) bool {
	if line == 0 {
		return k.since == 0 && k.until == 0
	}
	return line >= k.since && (k.until == 0 || line <= k.until)
}

// defaultFor is the default in a release line; ok is false where there is none, or where the line decides and is not
// known.
func (k key) defaultFor(line int) (def string, ok bool) {
	if k.kind == required || line == 0 && len(k.was) > 0 {
		return "", false
	}
	for _, o := range k.was {
		if line <= o.until {
			return o.def, true
		}
	}
	return k.def, true
}

// judge applies the rule and what holds for every value that is copied.
func (k key) judge(value string, line int) []problem {
	if k.copy == unread || k.rule.since != 0 && line < k.rule.since {
		return nil
	}
	var found []problem
	if k.rule.check != nil {
		found = withHint(k.rule.check(value, line), k.rule)
	}
	if slices.ContainsFunc(found, problem.hard) {
		return found
	}
	return append(found, k.copy.problems(value)...)
}

// withHint gives the rule's hint to problems that have none.
func withHint(found []problem, r rule) []problem {
	for i := range found {
		if found[i].hint != "" {
			continue
		}
		if found[i].hint = r.hint; r.hint == "" {
			found[i].hint = "write " + r.words
		}
	}
	return found
}

// yamlBreaks are YAML 1.1's line ends, of which \r\n is one.
const yamlBreaks = "\n\r\u0085\u2028\u2029"

// indentation is how far the generator's templates indent what they copy values into.
const indentation = "      "

// problems finds what would break the YAML that the value is copied into: a line end, after which the text would no
// longer be indented, and characters that YAML does not have.
func (c copied) problems(value string) []problem {
	if c == anew || c == unread {
		return nil
	}
	if strings.ContainsFunc(value, unprintable) {
		return []problem{{message: "has a control character, on which the generator crashes", hint: "remove it"}}
	}
	_, rest, broken := cutBreak(value)
	for broken {
		var next string
		next, rest, broken = cutBreak(rest)
		blank := strings.Trim(next, " ") == ""
		if !strings.HasPrefix(next, indentation) && (!blank || !broken && c == within) {
			return []problem{{message: "has a line end, on which the generator crashes", hint: "write it on one line"}}
		}
	}
	return nil
}

func cutBreak(s string) (line, rest string, broken bool) {
	i := strings.IndexAny(s, yamlBreaks)
	if i < 0 {
		return s, "", false
	}
	line, rest = s[:i], s[i:]
	for _, end := range []string{"\r\n", "\n", "\r", "\u0085", "\u2028", "\u2029"} {
		if after, ok := strings.CutPrefix(rest, end); ok {
			return line, after, true
		}
	}
	return line, rest, false
}

// unprintable are the characters that may not stand in a YAML document.
func unprintable(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r == 0x85, r >= ' ' && r <= '~', r >= 0xa0 && r <= 0xd7ff,
		r >= 0xe000 && r <= 0xfffd && r != 0xfeff, r >= 0x10000:
		return false
	}
	return true
}
