package template

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// builtins are what templates can use by name.
type builtins struct {
	filters map[string]filter
	tests   map[string]tester
	globals map[string]func(ev *evaluator, at int, args arguments) any
	// texts, lists, dicts and mappings are the methods of such values.
	texts, lists, dicts, mappings map[string]method
}

type (
	// filter makes another value of one.
	filter func(ev *evaluator, at int, v any, args arguments) any
	// tester judges a value.
	tester func(ev *evaluator, at int, v any, args arguments) bool
)

// known returns the builtins. They are made once, and never changed.
var known = sync.OnceValue(func() *builtins {
	b := &builtins{
		filters: map[string]filter{}, tests: tests(), globals: globals(),
		texts: textMethods(), lists: listMethods(), dicts: mappingMethods(), mappings: mappingMethods(),
	}
	maps.Copy(b.dicts, dictMethods())
	for _, some := range []map[string]filter{valueFilters(), listFilters(), textFilters(), dataFilters()} {
		maps.Copy(b.filters, some)
	}
	return b
})

// unknownFilters are filters of Ansible and Jinja2 that dcosup does not evaluate,
// and why, where there is more to say.
var unknownFilters = map[string]string{
	"random": "it gives another value each time", "shuffle": "it gives another value each time",
	"password_hash": "it gives another value each time: write the hash itself", "strftime": "it depends on the time", "to_datetime": "",
	"vault": "write the value with !vault", "unvault": "write the value with !vault",
	"fileglob": "", "realpath": "", "relpath": "", "expanduser": "", "expandvars": "", "win_basename": "", "win_dirname": "", "win_splitdrive": "",
	"ipaddr": "it needs the Python library netaddr", "ipv4": "it needs the Python library netaddr", "ipv6": "it needs the Python library netaddr",
	"ipsubnet": "it needs the Python library netaddr", "ipwrap": "it needs the Python library netaddr", "nthhost": "it needs the Python library netaddr",
	"ipmath": "it needs the Python library netaddr", "hwaddr": "it needs the Python library netaddr", "json_query": "it needs the Python library jmespath",
	"to_yaml": "write to_json: YAML contains JSON", "to_nice_yaml": "write to_nice_json: YAML contains JSON",
	"from_yaml_all": "", "to_uuid": "", "human_readable": "", "human_to_bytes": "", "comment": "", "permutations": "", "combinations": "",
	"product": "", "subelements": "", "rekey_on_member": "", "urlsplit": "", "urldecode": "", "urlencode": "", "filesizeformat": "", "pprint": "", "xmlattr": "",
	"striptags": "", "urlize": "", "wordwrap": "", "wordcount": "", "truncate": "", "escape": "", "e": "", "forceescape": "", "safe": "", "tojson": "write to_json",
	"attr": "", "log": "", "pow": "", "root": "", "parse_cli": "", "win_ntpath": "", "slice": "", "type_debug": "", "k8s_config_resource_name": "",
}

// unknownTests are tests of Ansible and Jinja2 that dcosup does not evaluate.
var unknownTests = []string{
	"abs", "changed", "change", "directory", "exists", "failed", "failure", "file", "finished", "is_abs", "is_dir", "is_file", "is_link", "link", "link_exists",
	"escaped", "callable", "filter", "test", "isnan", "nan", "mount", "reachable", "same_file", "sameas", "skip", "skipped", "started", "success", "succeeded", "successful",
	"unreachable", "vault_encrypted", "uri", "url", "urn",
}

// filter returns the filter of that name.
func (ev *evaluator) filter(at int, name string) filter {
	if f, ok := ev.filters[name]; ok {
		return f
	}
	short := name[strings.LastIndex(name, ".")+1:]
	if why, ok := unknownFilters[short]; ok {
		ev.hintf(at, why, "the filter %s is not evaluated by dcosup", name)
	}
	ev.hintf(at, ev.meant(short, slices.Sorted(maps.Keys(ev.filters))), "there is no filter %q that dcosup knows", name)
	return nil
}

// test returns the test of that name.
func (ev *evaluator) test(at int, name string) tester {
	if t, ok := ev.tests[name]; ok {
		return t
	}
	short := name[strings.LastIndex(name, ".")+1:]
	if slices.Contains(unknownTests, short) {
		ev.failf(at, "the test %s is not evaluated by dcosup", name)
	}
	ev.hintf(at, ev.meant(short, slices.Sorted(maps.Keys(ev.tests))), "there is no test %q that dcosup knows", name)
	return nil
}

// maxRange bounds how many numbers range() makes.
const maxRange = 1_000_000

// globals are the functions that every template has.
func globals() map[string]func(ev *evaluator, at int, args arguments) any {
	return map[string]func(ev *evaluator, at int, args arguments) any{
		"range": rangeOf,
		"dict": func(ev *evaluator, at int, args arguments) any {
			d := &Dict{fresh: true}
			for _, v := range args.list {
				if _, isList := ev.used(at, v).(*List); isList {
					v = ev.dictOfPairs(at, v)
				}
				keys, values := ev.pairs(at, v)
				for i, k := range keys {
					d.Set(k, values[i])
				}
			}
			for _, name := range args.order {
				d.Set(name, ev.plain(args.named[name]))
			}
			return d
		},
		"namespace": func(ev *evaluator, at int, args arguments) any {
			ns := &namespace{values: &Dict{fresh: true}}
			for _, v := range args.list {
				keys, values := ev.pairs(at, v)
				for i, k := range keys {
					ns.values.Set(k, values[i])
				}
			}
			for _, name := range args.order {
				ns.values.Set(name, args.named[name])
			}
			return ns
		},
		"lookup": func(ev *evaluator, at int, args arguments) any { return ev.lookup(at, args, false) },
		"query":  func(ev *evaluator, at int, args arguments) any { return ev.lookup(at, args, true) },
		"q":      func(ev *evaluator, at int, args arguments) any { return ev.lookup(at, args, true) },
		"now": func(ev *evaluator, at int, args arguments) any {
			ev.failf(at, "now() is not evaluated by dcosup: it gives another value each time")
			return nil
		},
		"undef": func(ev *evaluator, at int, args arguments) any {
			ev.failf(at, "%s", ev.bind(at, "undef", args, "hint").text("hint", "a mandatory variable has not been set"))
			return nil
		},
		"lipsum": notEvaluated("lipsum"), "cycler": notEvaluated("cycler"), "joiner": notEvaluated("joiner"),
	}
}

func notEvaluated(name string) func(ev *evaluator, at int, args arguments) any {
	return func(ev *evaluator, at int, args arguments) any {
		ev.failf(at, "%s() is not evaluated by dcosup", name)
		return nil
	}
}

func (ev *evaluator) dictOfPairs(at int, v any) *Dict {
	d := &Dict{fresh: true}
	for _, item := range ev.items(at, v) {
		pair := ev.items(at, item)
		if len(pair) != 2 {
			ev.failf(at, "a dictionary is made of pairs")
		}
		d.Set(ev.key(at, pair[0]), pair[1])
	}
	return d
}

func rangeOf(ev *evaluator, at int, args arguments) any {
	b := ev.bind(at, "range", args, "start", "stop", "step")
	from, to, step := int64(0), b.integer("start", 0), b.integer("step", 1)
	if b.has("stop") {
		from, to = to, b.integer("stop", 0)
	}
	if step == 0 {
		ev.failf(at, "the step of range() is 0")
	}
	l := &List{kind: isRange}
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		if len(l.Items) == maxRange {
			ev.failf(at, "range() makes more than %d numbers", maxRange)
		}
		ev.spend(1)
		l.Items = append(l.Items, i)
		if step > 0 && i > to-step || step < 0 && i < to-step {
			break
		}
	}
	return l
}

// lookup calls a lookup plugin. Without wantlist, texts are joined by commas.
func (ev *evaluator) lookup(at int, args arguments, wantList bool) any {
	if len(args.list) == 0 {
		ev.failf(at, "lookup() needs the name of a plugin")
	}
	plugin := ev.str(at, args.list[0])
	for _, prefix := range []string{"ansible.builtin.", "ansible.legacy."} {
		plugin = strings.TrimPrefix(plugin, prefix)
	}
	var otherwise any
	for _, name := range args.order {
		switch {
		case name == "wantlist":
			wantList = ev.truth(at, args.named[name])
		case name == "default" && plugin == "env":
			otherwise = ev.used(at, args.named[name])
		default:
			ev.failf(at, "the argument %s of lookup('%s') is not evaluated by dcosup", name, plugin)
		}
	}
	var terms []string
	for _, v := range args.list[1:] {
		v = ev.used(at, v)
		if l, ok := v.(*List); ok && len(args.list) == 2 {
			for _, item := range ev.items(at, l) {
				terms = append(terms, ev.str(at, item))
			}
			continue
		}
		terms = append(terms, ev.str(at, v))
	}
	if ev.env.Lookup == nil {
		ev.failf(at, "lookup('%s') is not evaluated by dcosup", plugin)
	}
	found, err := ev.env.Lookup(plugin, terms)
	if err != nil {
		ev.raise(at, err)
	}
	for i, v := range found {
		if found[i] = ev.force(v); v == nil {
			found[i] = otherwise
		}
	}
	if wantList {
		return newList(found)
	}
	texts := make([]string, len(found))
	for i, v := range found {
		s, ok := v.(string)
		if !ok && len(found) == 1 {
			return v
		}
		texts[i] = s
		if !ok {
			return newList(found)
		}
	}
	return ev.text(at, strings.Join(texts, ","))
}
