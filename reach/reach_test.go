package reach_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
)

// node is a host with what Ansible would give to ssh: "Name value" each.
func node(name, host string, options ...string) *inventory.Node {
	n := &inventory.Node{Name: name, SSH: inventory.SSH{Host: host, Become: true, BecomeMethod: "sudo"}}
	for _, o := range options {
		key, value, _ := strings.Cut(o, " ")
		n.SSH.Options = append(n.SSH.Options, inventory.SSHOption{Name: key, Value: value, Pos: inventory.Pos{File: "hosts", Line: 3, Column: 7}})
		if key == "Port" {
			fmt.Sscan(value, &n.SSH.Port)
		}
	}
	return n
}

// reachable are three nodes with settings that tell them apart, and two that
// share an address.
func reachable() []*inventory.Node {
	of := func(name, host, user string, port int) *inventory.Node {
		return node(name, host, fmt.Sprint("Port ", port), "IdentityFile /keys/"+name, "User "+user)
	}
	return []*inventory.Node{of("bastion", "203.0.113.1", "gate", 2222), of("inner", "10.0.0.2", "core", 22), of("agent", "10.0.0.3", "core", 22),
		of("vm1", "127.0.0.1", "one", 2201), of("vm2", "127.0.0.1", "two", 2202)}
}

func jumps(nodes []*inventory.Node, name, jump string) {
	for _, n := range nodes {
		if n.Name == name {
			n.SSH.Options = append(n.SSH.Options, inventory.SSHOption{Name: "ProxyJump", Value: jump})
		}
	}
}

// ways works out the ways with a person's ssh_config.
func ways(t *testing.T, nodes []*inventory.Node, config string) *reach.Ways {
	t.Helper()
	w, err := try(t, nodes, config)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func try(t *testing.T, nodes []*inventory.Node, config string) (*reach.Ways, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return reach.New(nodes, reach.Options{Files: []string{file}, Home: "/home/ann", User: "ann"})
}

// route writes a target's way: the machine dialled first stands first.
func route(t remote.Target) string {
	if t.Port == 0 {
		t.Port = 22 // remote's default
	}
	text := t.Name + "=" + t.User + "@" + t.Addr()
	if t.Become.Method == remote.Sudo {
		text += " sudo"
	}
	text += " " + strings.Join(t.KeyFiles, ",")
	if t.Jump != nil {
		return route(*t.Jump) + "\n" + text
	}
	return text
}

func TestTargetTakesEverySetting(t *testing.T) {
	inInventory := node("m1", "10.0.0.1", "Port 2222", "IdentityFile /k1", "User core", "ConnectTimeout 3", "IdentitiesOnly yes",
		"UserKnownHostsFile /known", "StrictHostKeyChecking accept-new", "ForwardAgent yes")
	inInventory.SSH.Password, inInventory.SSH.BecomePassword, inInventory.SSH.BecomeMethod = "p", "b", "su"
	inConfig := node("m2", "alias")
	plain := node("m3", "10.0.0.3")
	here := &inventory.Node{Name: "here", SSH: inventory.SSH{Local: true, Become: true, BecomeMethod: "sudo"}}
	w := ways(t, []*inventory.Node{inInventory, inConfig, plain, here}, `Host alias
	HostName 10.0.0.2
	Port 2200
	User ann
	IdentityFile ~/.ssh/lab
	CertificateFile /cert
	IdentityAgent none
	HostKeyAlias lab
	HashKnownHosts yes
	GlobalKnownHostsFile /dev/null
	ProxyCommand nc -x proxy %h %p
	StrictHostKeyChecking no
Host 10.0.0.1
	User not-this-one
	IdentityFile /k2
`)
	for _, want := range []remote.Target{
		{Name: "m1", Host: "10.0.0.1", Port: 2222, User: "core", KeyFiles: []string{"/k1", "/k2"}, IdentitiesOnly: true,
			DialTimeout: 3e9, Become: remote.Become{Method: remote.Su, Password: "b"}, Password: "p", HostKeys: remote.AcceptNew,
			KnownHosts: []string{"/known", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}},
		{Name: "m2", Host: "10.0.0.2", Port: 2200, User: "ann", KeyFiles: []string{"/home/ann/.ssh/lab"}, CertFiles: []string{"/cert"},
			AgentSocket: remote.NoAgent, HostKeyName: "lab", HashKnownHosts: true, HostKeys: remote.Insecure,
			Become: remote.Become{Method: remote.Sudo}, ProxyCommand: "nc -x proxy 10.0.0.2 2200",
			KnownHosts: []string{"/home/ann/.ssh/known_hosts", "/home/ann/.ssh/known_hosts2", "/dev/null"}},
		{Name: "m3", Host: "10.0.0.3", Become: remote.Become{Method: remote.Sudo}},
		{Name: "here", Local: true, Become: remote.Become{Method: remote.Sudo}},
	} {
		got := w.Target(want.Name)
		if got.Password.Reveal() != want.Password.Reveal() || got.Become.Password.Reveal() != want.Become.Password.Reveal() {
			t.Errorf("%s: the passwords are others", want.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
	for name, want := range map[string]bool{"m1": false, "m2": false, "m3": true, "here": false} {
		if got := w.Asks(name); got != want {
			t.Errorf("asks about %s: %v, want %v", name, got, want)
		}
	}
}

// A jump that ssh's own configuration knows has its own user, key and way.
func TestJumpOfTheConfiguration(t *testing.T) {
	const config = `Host gate
	HostName 203.0.113.9
	User gatekeeper
	IdentityFile /keys/gate
	ProxyJump outer
Host outer
	Port 2022
Host *
	User everyone
`
	nodes := []*inventory.Node{node("agent", "10.0.0.3", "IdentityFile /keys/agent", "User core", "ProxyJump gate")}
	nodes[0].SSH.Password = "secret"
	got := ways(t, nodes, config).Target("agent")
	want := "outer=everyone@outer:2022 /keys/agent\ngate=gatekeeper@203.0.113.9:22 /keys/gate\nagent=core@10.0.0.3:22 sudo /keys/agent"
	if diff := cmp.Diff(want, route(got)); diff != "" {
		t.Errorf("way (-want +got):\n%s", diff)
	}
	if got.Jump.Password != "" || got.Jump.Jump.Password != "" {
		t.Error("a jump got the node's password")
	}
}

func TestACommandThatIsAJump(t *testing.T) {
	for command, want := range map[string]string{
		`ssh -W %h:%p -q -p 2222 op@bastion`:       "bastion=op@203.0.113.1:2222 /keys/bastion\n",
		`/usr/bin/ssh -l op -W "[%h]:%p" gate`:     "gate=op@gate:22 /keys/agent\n",
		`ssh -o StrictHostKeyChecking=no -W a:1 b`: "",
		`nc -x proxy %h %p`:                        "",
	} {
		nodes := reachable()
		nodes[2].SSH.Options = append(nodes[2].SSH.Options, inventory.SSHOption{Name: "ProxyCommand", Value: command})
		got := ways(t, nodes, "").Target("agent")
		if diff := cmp.Diff(want+"agent=core@10.0.0.3:22 sudo /keys/agent", route(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", command, diff)
		}
		if (got.ProxyCommand == "") != (want != "") {
			t.Errorf("%s: the command is %q", command, got.ProxyCommand)
		}
	}
}

func TestErrorsAndWarnings(t *testing.T) {
	bad := node("a", "10.0.0.1", "StrictHostKeyChecking perhaps", "Port 99999")
	_, err := try(t, []*inventory.Node{bad, node("b", "10.0.0.2", "Nonsense yes")}, "Foo bar\n")
	for _, want := range []string{`hosts:3:7`, `unsupported option "perhaps"`, `bad port "99999"`, "Bad configuration option: Nonsense", "config:1: Bad configuration option: Foo"} {
		if err == nil || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	w := ways(t, []*inventory.Node{node("a", "10.0.0.1", "Ciphers x"), node("b", "10.0.0.2")}, "Host 10.*\n\tMACs y\nMatch exec true\n\tPort 1\n")
	var got []string
	for _, e := range w.Warnings() {
		got = append(got, filepath.Base(e.Pos.File)+": "+e.Message)
	}
	want := []string{"hosts: Ciphers is not honoured by dcosup", "config: MACs is not honoured by dcosup", "config: Match exec is not honoured by dcosup"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestJumpsThatLeadToThemselves(t *testing.T) {
	nodes := []*inventory.Node{node("agent", "10.0.0.3", "ProxyJump one")}
	if _, err := try(t, nodes, "Host one\n\tProxyJump two\nHost two\n\tProxyJump one\n"); err == nil || !strings.Contains(err.Error(), "through one itself") {
		t.Errorf("got %v, want an error about the circle", err)
	}
}

func TestTargetGoesThroughProxyJump(t *testing.T) {
	const agent = "\nagent=core@10.0.0.3:22 sudo /keys/agent"
	for _, tc := range []struct {
		name, jump string
		others     map[string]string // ProxyJump of other nodes
		want       string
	}{
		{name: "a node of the inventory by name has the settings it has there",
			jump: "bastion", want: "bastion=gate@203.0.113.1:2222 /keys/bastion"},
		{name: "so it has by address",
			jump: "203.0.113.1", want: "bastion=gate@203.0.113.1:2222 /keys/bastion"},
		{name: "user and port of the hop win",
			jump: "me@bastion:22", want: "bastion=me@203.0.113.1:22 /keys/bastion"},
		{name: "an URL",
			jump: "ssh://me@bastion:22", want: "bastion=me@203.0.113.1:22 /keys/bastion"},
		{name: "a user with an @ in it",
			jump: "me@corp@bastion", want: "bastion=me@corp@203.0.113.1:2222 /keys/bastion"},
		{name: "of nodes that share an address, the one with the port",
			jump: "127.0.0.1:2202", want: "vm2=two@127.0.0.1:2202 /keys/vm2"},
		{name: "a stranger is logged in to as the node behind it",
			jump: "gate.example", want: "gate.example=core@gate.example:22 /keys/agent"},
		{name: "a stranger with user and port",
			jump: "me@gate.example:2200", want: "gate.example=me@gate.example:2200 /keys/agent"},
		{name: "a stranger by IPv6 address and port",
			jump: "me@[2001:db8::1]:2200", want: "2001:db8::1=me@[2001:db8::1]:2200 /keys/agent"},
		{name: "a stranger by IPv6 address in brackets alone",
			jump: "[2001:db8::1]", want: "2001:db8::1=core@[2001:db8::1]:22 /keys/agent"},
		{name: "several strangers, in order",
			jump: "one.example, two.example", want: "one.example=core@one.example:22 /keys/agent\ntwo.example=core@two.example:22 /keys/agent"},
		{name: "a node behind a stranger keeps the hop before it",
			jump: "gate.example,inner", want: "gate.example=core@gate.example:22 /keys/agent\ninner=core@10.0.0.2:22 /keys/inner"},
		{name: "a stranger behind a node",
			jump: "bastion,two.example", want: "bastion=gate@203.0.113.1:2222 /keys/bastion\ntwo.example=core@two.example:22 /keys/agent"},
		{name: "a hop that has hops itself", jump: "inner", others: map[string]string{"inner": "bastion"},
			want: "bastion=gate@203.0.113.1:2222 /keys/bastion\ninner=core@10.0.0.2:22 /keys/inner"},
		{name: "a way that is written out wins over the hop's own", jump: "vm1,inner", others: map[string]string{"inner": "bastion"},
			want: "vm1=one@127.0.0.1:2201 /keys/vm1\ninner=core@10.0.0.2:22 /keys/inner"},
		{name: "a ProxyJump for all hosts is not meant for the bastion", jump: "bastion", others: map[string]string{"bastion": "bastion"},
			want: "bastion=gate@203.0.113.1:2222 /keys/bastion"},
		{name: "two hops for all hosts", jump: "bastion,inner", others: map[string]string{"bastion": "bastion,inner", "inner": "bastion,inner"},
			want: "bastion=gate@203.0.113.1:2222 /keys/bastion\ninner=core@10.0.0.2:22 /keys/inner"},
		{name: "nodes that name each other end somewhere", jump: "inner", others: map[string]string{"inner": "agent"},
			want: "agent=core@agent:22 /keys/inner\ninner=core@10.0.0.2:22 /keys/inner"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			nodes := reachable()
			jumps(nodes, "agent", tc.jump)
			for name, jump := range tc.others {
				jumps(nodes, name, jump)
			}
			if diff := cmp.Diff(tc.want+agent, route(ways(t, nodes, "").Target("agent"))); diff != "" {
				t.Errorf("way (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTargetIsReachedDirectly(t *testing.T) {
	for _, jump := range []string{"none", "agent", "10.0.0.3", "10.0.0.3:22", "agent,bastion"} {
		nodes := reachable()
		jumps(nodes, "agent", jump)
		if got := ways(t, nodes, "").Target("agent"); got.Jump != nil {
			t.Errorf("ProxyJump %q: got the way\n%s\nwant none", jump, route(got))
		}
	}
}

// This machine is no hop: what is dialled from it is dialled directly.
func TestTargetDoesNotJumpThroughThisMachine(t *testing.T) {
	nodes := reachable()
	nodes[0].SSH.Local = true
	jumps(nodes, "agent", "bastion")
	if got := ways(t, nodes, "").Target("agent"); got.Jump == nil || got.Jump.Local {
		t.Errorf("jump: got %+v, want a stranger", got.Jump)
	}
}
