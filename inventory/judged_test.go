//go:build ansible

package inventory_test

// judged are the inventories that Ansible is asked about too.
var judged = []struct {
	name    string
	files   map[string]string
	sources []string // default: hosts
	extra   []string
}{
	{name: "hosts of the workshop", files: map[string]string{"hosts": `
[bootstrap]
10.0.0.10

[masters]
10.0.0.11

[public-agents]
10.0.0.31

[private-agents]
10.0.0.21
10.0.0.22
10.0.0.23
10.0.0.24

[dcos-cluster:children]
bootstrap
masters
private-agents
public-agents

[dcos-cluster:vars]
ansible_user=centos
`}},
	{name: "values beside hosts are typed", files: map[string]string{"hosts": `
a i=5 f=1.50 t=True n=None s=text q="two words" neg=-3 oct=0755 hex=0x1F zero=00 e=1e3 u=1_000
b list="[1, 'two', 3.0]" dict="{'a': 1, 'b': [True, None], 2: 'x'}" tup=1,2,3 ver=1.10.2 ip=10.0.0.1 yes=yes true=true dash=a-b
c quoted="'5'" inner='"5"' esc="a\tb" empty= eq=a=b path=/x/y colon=a:b paren="(1)" one="(1,)" call="f(1)" jinja="{{ x }}" cat="'a' 'b'" raw="r'\n'"
`}},
	{name: "values in vars sections are typed", files: map[string]string{"hosts": `
a
[all:vars]
i=5
comment=5 # five
text=one # two
quoted="a b"
spaced = x y
list=[1, 2]
hash=#no
escaped='\x41\u00e9\101\q'
float=.5
plus=+7
sum=1+2
bad=[1,
nested={'a': {'b': (1, 2)}}
triple='''x'''
none=None
lower=none
empty=
`}},
	{name: "comments and quotes of host lines", files: map[string]string{"hosts": `
; a comment
# another
[web] # behind a section
a x=1 # behind a host
b x=a#b
c x="a # b" y='c d' z=e\ f
d "x=quoted whole" y="say \"hi\"" z='a\b'
	indented tab=1
`}},
	{name: "ranges", files: map[string]string{"hosts": `
[n]
node[1:4]
pad[01:10:3].example.com
x[a:e:2]
[0:2]n
multi[1:2]-[a:b] v=1
case[y:B]
default[:2]
p[1:2]:2222
`}},
	{name: "ports", files: map[string]string{"hosts": `
a:2222
10.0.0.1:22 x=1
[2001:db8::1]:2200
fe80::1
-odd:22
b_:22
a:3333
c:1 ansible_port=5
`}, sources: []string{"hosts"}},
	{name: "groups of groups, later and earlier", files: map[string]string{"hosts": `
lone
[top:children]
mid
late
[mid:children]
low
[low]
l1
[late]
l2
l1
[mid:vars]
v=mid
[low:vars]
v=low
w=low
[top:vars]
v=top
u=top
`}},
	{name: "depth, then priority, then name", files: map[string]string{"hosts": `
[b]
h
[a]
h
[c]
h
[b:vars]
v=b
ansible_group_priority=5
[a:vars]
v=a
w=a
[c:vars]
v=c
w=c
[deep:children]
a
[all:vars]
v=all
z=all
`}},
	{name: "the longest way counts for depth", files: map[string]string{"hosts": `
[x]
h
[one:children]
x
[two:children]
one
[x2]
h
[zz:children]
x2
[x:vars]
v=x
[x2:vars]
v=x2
`}},
	{name: "all and ungrouped may be written", files: map[string]string{"hosts": `
[ungrouped]
a
b
[all]
c
d
[g]
b
d
[all:children]
g
`}},
	{name: "a name for a group and a host", files: map[string]string{"hosts": `
[bootstrap]
bootstrap ansible_host=10.0.0.1
other
`}},
	{name: "group_vars and host_vars", files: map[string]string{
		"hosts":                       "[g]\na\nb\n[all:vars]\nv=inline\nw=inline\n",
		"group_vars/all.yml":          "v: file\ndcos:\n  config:\n    x: [1, {y: z}]\n",
		"group_vars/g":                "w: g\nboth: g\n",
		"group_vars/g.yml":            "w: not read\n",
		"host_vars/a.yaml":            "both: a\n",
		"host_vars/b.json":            `{"both": "b", "f": 1e3, "esc": "\u00e9\/"}`,
		"group_vars/ungrouped/a.yml":  "no: no\n",
		"group_vars/notes.txt":        "no\n",
		"host_vars/nobody.yml":        "no: no\n",
		"group_vars/empty_group.json": "{}",
	}},
	{name: "directories of variables", files: map[string]string{
		"hosts":                        "[g]\na\n",
		"group_vars/all/10-first.yml":  "v: 1\nw: 1\n",
		"group_vars/all/20-second.yml": "v: 2\n",
		"group_vars/all/.hidden.yml":   "v: hidden\n",
		"group_vars/all/backup.yml~":   "v: backup\n",
		"group_vars/all/sub/x.yml":     "s: sub\n",
		"group_vars/all/plain":         "p: plain\n",
		"group_vars/all/other.txt":     "p: other\n",
		"group_vars/all.yml":           "v: not read\n",
		"host_vars/a/x.yml":            "h: 1\n",
	}},
	{name: "files beside the inventory and beside the working directory", files: map[string]string{
		"inv/hosts":              "[g]\na own=inline\n",
		"inv/group_vars/all.yml": "all: inv\nx: inv-all\n",
		"inv/group_vars/g.yml":   "g: inv\nx: inv-g\n",
		"group_vars/all.yml":     "all: work\nx: work-all\nown: work-all\n",
		"group_vars/g.yml":       "g: work\n",
		"inv/host_vars/a.yml":    "h: inv\n",
		"host_vars/a.yml":        "h: work\n",
	}, sources: []string{"inv/hosts"}},
	{name: "a YAML inventory", files: map[string]string{"hosts.yml": `
all:
  hosts:
    lone:
      x: 1
  vars:
    v: all
  children:
    web:
      hosts:
        web[01:03].example.com:
          port: 80
        other:2222:
      vars: {v: web, ansible_group_priority: 3}
      children:
        deep:
          hosts:
            d1: {}
    text:
      hosts: single
    empty:
`}, sources: []string{"hosts.yml"}},
	{name: "a YAML inventory without an extension", files: map[string]string{"hosts": "---\nweb:\n  hosts:\n    a:\n    b: {v: 1}\n"}},
	{name: "a JSON inventory", files: map[string]string{"hosts.json": `{
	"web": {"hosts": {"a": {"v": 1.0, "s": "yes"}}, "vars": {"t": true, "n": null}}
}`}, sources: []string{"hosts.json"}},
	{name: "an INI inventory with the name of a YAML one", files: map[string]string{"hosts.yml": "[web]\na v=1\n"}, sources: []string{"hosts.yml"}},
	{name: "scalars of YAML 1.1", files: map[string]string{"hosts": "a\n", "host_vars/a.yml": `
yes: 1
b1: yes
b2: Off
b3: "yes"
b4: y
oct: 0644
oct2: 0o644
hex: 0xFF
bin: 0b101
under: 1_000
sixty: 1:30:00
sixtyf: 1:30.5
time: "12:30"
f1: 1.
f2: .5
f3: 1e3
f4: 1.0e+3
f5: 1.5e3
n1: ~
n2:
n3: null
n4: Null
s1: 08
s2: 1.10.2
s3: 10.0.0.1
s4: -x
s5: +1
s6: -0
s7: 'single ''quoted'''
s8: "esc\t\u00e9"
block: |
  one
    two
folded: >-
  one
  two
empty: ""
list: []
map: {}
flow: {a: [1, two], "b c": d}
`}},
	{name: "anchors and merged keys", files: map[string]string{"hosts": "a\n", "host_vars/a.yml": `
base: &base {x: 1, y: 2}
other: &other {y: 3, z: 4}
one:
  <<: *base
  x: own
two:
  z: own
  <<: [*base, *other]
again: *base
twice: 1
twice: 2
tagged: !!str 5
`}},
	{name: "a directory of inventories", files: map[string]string{
		"inv/01-base":            "[web]\na v=1\n",
		"inv/02-more.yml":        "db:\n  hosts:\n    b:\n      v: 2\n    a:\n      v: 3\n",
		"inv/notes.txt":          "no inventory",
		"inv/old.ini":            "[no]\nno\n",
		"inv/.hidden":            "[no]\nno\n",
		"inv/backup~":            "[no]\nno\n",
		"inv/sub/deep":           "[deep:children]\nweb\n[deep]\nc\n",
		"inv/group_vars/web.yml": "g: web\n",
		"inv/sub/group_vars/web": "g: not read\n",
	}, sources: []string{"inv"}},
	{name: "several sources", files: map[string]string{
		"one/hosts":              "[web]\na v=1 w=1\n",
		"one/group_vars/web.yml": "g: one\n",
		"two/hosts":              "[web]\na v=2\nb\n[all:vars]\nx=two\n",
		"two/group_vars/web.yml": "g: two\n",
	}, sources: []string{"one/hosts", "two/hosts"}},
	{name: "variables of groups of another source", files: map[string]string{
		"one": "[web]\na\n",
		"two": "[web:vars]\nv=1\n[top:children]\nweb\n",
	}, sources: []string{"one", "two"}},
	{name: "a list of hosts", sources: []string{"a, b:2222,10.0.0.1,[2001:db8::1]:22,r[1:2],"}, files: map[string]string{
		"group_vars/all.yml": "v: 1\n",
	}},
	{name: "a list and a file", sources: []string{"hosts", "a,z"}, files: map[string]string{"hosts": "[g]\na v=1\n"}},
	{name: "extra variables win", files: map[string]string{
		"hosts":           "a v=host\n",
		"host_vars/a.yml": "v: file\nd: {x: 1}\n",
		"extra.yml":       "f: from file\nn: 5\n",
	}, extra: []string{"v=cli n=5 s='two words' t=\"a b\" e=a\\tb", `{"d": {"y": [1, true]}}`, "{flow: yes}", "@extra.yml"}},
	{name: "templates stay text", files: map[string]string{
		"hosts":              "a host=\"{{ inventory_hostname }}\" plain={{x}}\n",
		"group_vars/all.yml": "t: \"{{ lookup('env', 'HOME') }}\"\n",
	}, extra: []string{"j={{ a b }} k='{{ x }}'"}},
	{name: "carriage returns", files: map[string]string{"hosts": "[web]\r\na v=1\r\n[web:vars]\r\nx=y z\r\n"}},
}
