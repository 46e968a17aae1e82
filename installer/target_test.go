package installer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/remote"
)

// reachable are three nodes with settings that tell them apart, and two that
// share an address.
func reachable() *inventory.Cluster {
	node := func(name, host, user string, port int) *inventory.Node {
		return &inventory.Node{Name: name, Selected: true, SSH: inventory.SSH{Host: host, User: user, Port: port,
			KeyFiles: []string{"/keys/" + name}, Become: true}}
	}
	return &inventory.Cluster{Nodes: []*inventory.Node{
		node("bastion", "203.0.113.1", "gate", 2222), node("inner", "10.0.0.2", "core", 22), node("agent", "10.0.0.3", "core", 22),
		node("vm1", "127.0.0.1", "one", 2201), node("vm2", "127.0.0.1", "two", 2202),
	}}
}

func TestTargetTakesEverySetting(t *testing.T) {
	n := &inventory.Node{Name: "m1", SSH: inventory.SSH{Host: "10.0.0.1", Port: 2222, User: "core",
		KeyFiles: []string{"/k1", "/k2"}, IdentitiesOnly: true, Local: true, Become: true, ProxyJump: "none",
		UserKnownHostsFile: []string{"/known"}, StrictHostKeyChecking: "accept-new"}}
	want := remote.Target{Name: "m1", Host: "10.0.0.1", Port: 2222, User: "core",
		KeyFiles: []string{"/k1", "/k2"}, IdentitiesOnly: true, Local: true, Become: remote.Become{Method: remote.Sudo},
		KnownHosts: []string{"/known"}, HostKeys: remote.AcceptNew}
	if diff := cmp.Diff(want, target(&inventory.Cluster{Nodes: []*inventory.Node{n}}, n)); diff != "" {
		t.Errorf("target (-want +got):\n%s", diff)
	}
}

// The words are those of ssh_config. "ask" cannot be asked, and what is not
// known must not open a door.
func TestHostKeys(t *testing.T) {
	for word, want := range map[string]remote.HostKeyPolicy{
		"": remote.Strict, "yes": remote.Strict, "ask": remote.Strict, "nonsense": remote.Strict,
		"accept-new": remote.AcceptNew, "Accept-New": remote.AcceptNew,
		"no": remote.Insecure, "off": remote.Insecure,
	} {
		if got := hostKeys(word); got != want {
			t.Errorf("StrictHostKeyChecking %q: got %s, want %s", word, got, want)
		}
	}
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
			c := reachable()
			c.Node("agent").SSH.ProxyJump = tc.jump
			for name, jump := range tc.others {
				c.Node(name).SSH.ProxyJump = jump
			}
			if diff := cmp.Diff(tc.want+agent, route(target(c, c.Node("agent")))); diff != "" {
				t.Errorf("way (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTargetIsReachedDirectly(t *testing.T) {
	for _, jump := range []string{"", "none", " , ", "agent", "10.0.0.3", "10.0.0.3:22", "agent,bastion"} {
		c := reachable()
		c.Node("agent").SSH.ProxyJump = jump
		if got := target(c, c.Node("agent")); got.Jump != nil {
			t.Errorf("ProxyJump %q: got the way\n%s\nwant none", jump, route(got))
		}
	}
}

// This machine is no hop: what is dialled from it is dialled directly.
func TestTargetDoesNotJumpThroughThisMachine(t *testing.T) {
	c := reachable()
	c.Node("bastion").SSH.Local = true
	c.Node("agent").SSH.ProxyJump = "bastion"
	if got := target(c, c.Node("agent")); got.Jump == nil || got.Jump.Local {
		t.Errorf("jump: got %+v, want a stranger", got.Jump)
	}
}
