package dcos_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"dcosup/dcos"
)

func TestCollectMaster(t *testing.T) {
	got := healthy().client(t, "10.0.0.11").CollectMaster(t.Context(), "m1")
	want := dcos.MasterAnswers{
		Node: "m1", Address: "10.0.0.11",
		Exhibitor: dcos.Answer[[]dcos.Member]{Value: []dcos.Member{
			{Host: "10.0.0.11", State: "serving"}, {Host: "10.0.0.12", State: "serving", Leader: true}, {Host: "10.0.0.13", State: "serving"}}},
		Mesos:  dcos.Answer[bool]{Value: true},
		Leader: dcos.Answer[string]{Value: "10.0.0.11"},
		Log:    dcos.Answer[bool]{Value: true},
		Agents: dcos.Answer[[]dcos.Agent]{Value: []dcos.Agent{
			{ID: "S0", Host: "10.0.0.21", Address: "10.0.0.21", Active: true},
			{ID: "S1", Host: "10.0.0.31", Address: "10.0.0.31", Active: true, Public: true}}},
		Marathon: dcos.Answer[bool]{Value: true},
		Router:   dcos.Answer[dcos.Version]{Value: dcos.Version{Version: "2.1.0", ImageCommit: "c0ffee", BootstrapID: "b00t", Variant: "open"}},
		UI:       dcos.Answer[bool]{Value: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCollectMasterThatDoesNotLead(t *testing.T) {
	got := healthy().client(t, "10.0.0.12").CollectMaster(t.Context(), "m2")
	if got.Leader.Value != "10.0.0.11" || got.Leader.Err != nil || got.Agents.Value != nil || got.Agents.Err != nil {
		t.Errorf("got leader %+v and agents %+v", got.Leader, got.Agents)
	}
}

// Each case changes one thing in a healthy cluster and looks at the master 10.0.0.12.
func TestMasterHealth(t *testing.T) {
	const m = "10.0.0.12"
	status := "/exhibitor/v1/cluster/status"
	for _, tt := range []struct {
		name   string
		change func(world)
		want   string // what it waits for; "" = healthy
	}{
		{"healthy", func(world) {}, ""},
		{"nothing runs", func(w world) { clear(w) }, "exhibitor: refused on port 8181"},
		{"exhibitor starts", func(w world) {
			w[m+":8181"][status] = reply{body: `[{"description":"serving","hostname":"10.0.0.11","isLeader":true},{"description":"latent","hostname":"10.0.0.12"}]`}
		}, "exhibitor: 1 of 3 serving"},
		{"no ZooKeeper leader", func(w world) {
			w[m+":8181"][status] = reply{body: `[{"description":"serving"},{"description":"serving"},{"description":"serving"}]`}
		}, "exhibitor: 3 of 3 serving, 0 leaders"},
		{"a master too many", func(w world) {
			w[m+":8181"][status] = reply{body: `[{"description":"serving","isLeader":true},{"description":"serving"},{"description":"serving"},{"description":"down"}]`}
		}, "exhibitor: lists 4 masters, not 3"},
		{"exhibitor is broken", func(w world) { w[m+":8181"][status] = reply{body: "<html>"} },
			"exhibitor: http://10.0.0.12:8181/exhibitor/v1/cluster/status: not the JSON that was expected: invalid character '<' looking for beginning of value"},
		{"exhibitor has a password", func(w world) { w[m+":8181"][status] = reply{status: 401} }, ""},
		{"mesos fails", func(w world) { w[m+":5050"]["/health"] = reply{status: 500, body: "replica is lost\nmore"} },
			"mesos: 500 Internal Server Error: replica is lost"},
		{"no leader", func(w world) { w[m+":5050"]["/slaves"] = reply{status: 503, body: "No leader elected"} }, "leader: no leader elected"},
		{"log is behind", func(w world) { w[m+":5050"]["/metrics/snapshot"] = reply{body: `{"registrar/log/recovered":0.0}`} },
			"log: mesos is still copying its log from the other masters"},
		{"log is not told of", func(w world) { w[m+":5050"]["/metrics/snapshot"] = reply{body: `{}`} },
			"log: http://10.0.0.12:5050/metrics/snapshot: has no metric registrar/log/recovered"},
		{"marathon starts", func(w world) { delete(w, m+":8080") }, "marathon: refused on port 8080"},
		{"admin router starts", func(w world) { delete(w, m+":80") }, "router: refused on port 80"},
		{"no page", func(w world) { delete(w[m+":80"], "/") }, "ui: 404 Not Found: 404 page not found"},
		{"everything wants a login", func(w world) {
			for _, paths := range w {
				for path := range paths {
					paths[path] = reply{status: 401}
				}
			}
		}, ""},
		{"everything wants TLS", func(w world) {
			for _, paths := range w {
				for path := range paths {
					paths[path] = reply{status: 307, to: "https://10.0.0.12" + path}
				}
			}
		}, ""},
		{"the page is elsewhere", func(w world) { w[m+":80"]["/"] = reply{status: 302, to: "/elsewhere"} },
			"ui: http://10.0.0.12:80/: 302, leads to http://10.0.0.12:80/elsewhere"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := healthy()
			tt.change(w)
			got := dcos.MasterHealth(w.client(t, m).CollectMaster(t.Context(), "m2"), 3)
			if diff := cmp.Diff(tt.want, got.Waiting); diff != "" {
				t.Errorf("waiting (-want +got):\n%s", diff)
			}
			if got.Healthy != (tt.want == "") {
				t.Errorf("healthy is %v: %+v", got.Healthy, got.Checks)
			}
		})
	}
}

func TestChecksOfAMaster(t *testing.T) {
	w := healthy()
	w["10.0.0.11:80"]["/"] = reply{status: 401}
	got := dcos.MasterHealth(w.client(t, "10.0.0.11").CollectMaster(t.Context(), "m1"), 3).Checks
	want := []dcos.Check{
		{Name: "exhibitor", OK: true, Detail: "3 of 3 serving"},
		{Name: "mesos", OK: true},
		{Name: "leader", OK: true, Detail: "10.0.0.11"},
		{Name: "log", OK: true},
		{Name: "marathon", OK: true},
		{Name: "router", OK: true, Detail: "2.1.0"},
		{Name: "ui", OK: true, Detail: "runs; http://10.0.0.11:80/: 401, needs a login (oauth_enabled or security is on)"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAgentHealth(t *testing.T) {
	known := func(agents ...dcos.Agent) []dcos.Agent { return append([]dcos.Agent{}, agents...) }
	a1 := dcos.Agent{ID: "S0", Host: "10.0.0.21", Active: true}
	lost := dcos.Agent{ID: "S9", Host: "10.0.0.21"}
	for _, tt := range []struct {
		name   string
		public bool
		change func(world)
		known  []dcos.Agent
		want   string
	}{
		{name: "healthy", known: known(a1)},
		{name: "healthy, and there under an old identity", known: known(a1, lost)},
		{name: "healthy, the old identity first", known: known(lost, a1)},
		{name: "called otherwise", known: known(dcos.Agent{ID: "S0", Host: "a1.example", Address: "10.0.0.21", Active: true})},
		{name: "not running", change: func(w world) { delete(w, "10.0.0.21:5051") }, known: known(a1), want: "registered: refused on port 5051"},
		{name: "not registered", change: func(w world) {
			w["10.0.0.21:5051"]["/metrics/snapshot"] = reply{body: `{"slave/registered":0.0}`}
		}, known: known(a1), want: "registered: not registered with a master"},
		{name: "router starts", change: func(w world) { delete(w, "10.0.0.21:61001") }, known: known(a1), want: "router: refused on port 61001"},
		{name: "no leader", want: "known: no leading master to ask"},
		{name: "not known", known: known(), want: "known: the masters do not know 10.0.0.21"},
		{name: "lost", known: known(lost), want: "known: the masters have lost it"},
		{name: "wrong role", public: true, known: known(a1), want: "role: registered as agent, not as public agent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := healthy()
			if tt.change != nil {
				tt.change(w)
			}
			answers := w.client(t, "10.0.0.21").CollectAgent(t.Context(), "a1")
			got := dcos.AgentHealth(dcos.WantNode{Name: "a1", Address: "10.0.0.21", Public: tt.public}, answers, tt.known)
			if diff := cmp.Diff(tt.want, got.Waiting); diff != "" {
				t.Errorf("waiting (-want +got):\n%s", diff)
			}
			if got.Healthy != (tt.want == "") {
				t.Errorf("healthy is %v: %+v", got.Healthy, got.Checks)
			}
		})
	}
}

// short is a report in a few words.
type short struct {
	Healthy         bool
	Version, Leader string
	Waiting         map[string]string // of the nodes that are not healthy
	Missing         []string
	Unknown         []string // identities
	Problems        []string
}

func shorten(r dcos.Report) short {
	s := short{Healthy: r.Healthy, Version: r.Version, Leader: r.Leader, Missing: r.Missing, Problems: r.Problems}
	for _, n := range r.Nodes {
		if !n.Healthy {
			if s.Waiting == nil {
				s.Waiting = map[string]string{}
			}
			s.Waiting[n.Name+" "+n.Role] = n.Waiting
		}
	}
	for _, a := range r.Unknown {
		s.Unknown = append(s.Unknown, a.ID)
	}
	return s
}

func TestClusterHealth(t *testing.T) {
	healthyReport := func(change func(*short)) short {
		s := short{Healthy: true, Version: "2.1.0", Leader: "10.0.0.11"}
		change(&s)
		return s
	}
	for _, tt := range []struct {
		name   string
		change func(world, *dcos.Want)
		want   short
	}{
		{"healthy", func(world, *dcos.Want) {}, healthyReport(func(*short) {})},
		{"the version that is wanted", func(_ world, want *dcos.Want) { want.Version = "2.1.0" }, healthyReport(func(*short) {})},
		{"part of the masters", func(_ world, want *dcos.Want) { want.Masters, want.MasterCount = want.Masters[:1], 3 }, healthyReport(func(*short) {})},
		{"an agent that nobody wants", func(_ world, want *dcos.Want) { want.Agents = want.Agents[:1] },
			healthyReport(func(s *short) { s.Unknown = []string{"S1"} })},
		{"everything behind a login", func(w world, _ *dcos.Want) {
			for _, paths := range w {
				for path := range paths {
					paths[path] = reply{status: 401}
				}
			}
		}, short{Healthy: true}},
		{"an agent down", func(w world, _ *dcos.Want) {
			delete(w, "10.0.0.21:5051")
			w["10.0.0.11:5050"]["/slaves"] = reply{body: `{"slaves":[{"id":"S1","hostname":"10.0.0.31","active":true,"attributes":{"public_ip":true}}]}`}
		}, healthyReport(func(s *short) {
			s.Healthy, s.Missing = false, []string{"a1"}
			s.Waiting = map[string]string{"a1 agent": "registered: refused on port 5051"}
		})},
		{"a master down", func(w world, _ *dcos.Want) {
			for _, port := range []string{":8181", ":5050", ":8080", ":80"} {
				delete(w, "10.0.0.13"+port)
			}
		}, healthyReport(func(s *short) {
			s.Healthy = false
			s.Waiting = map[string]string{"m3 master": "exhibitor: refused on port 8181"}
		})},
		{"a master in another ensemble", func(w world, want *dcos.Want) { want.Masters[2].Address = "10.0.0.99"; w.healthyMaster("10.0.0.99") },
			healthyReport(func(s *short) { s.Missing = []string{"m3"} })},
		{"no leader", func(w world, _ *dcos.Want) {
			for _, m := range []string{"10.0.0.11", "10.0.0.12", "10.0.0.13"} {
				w[m+":5050"]["/slaves"] = reply{status: 503}
			}
		}, short{Version: "2.1.0", Waiting: map[string]string{
			"m1 master": "leader: no leader elected", "m2 master": "leader: no leader elected", "m3 master": "leader: no leader elected",
			"a1 agent": "known: no leading master to ask", "p1 public agent": "known: no leading master to ask",
		}}},
		{"two leaders", func(w world, _ *dcos.Want) {
			w["10.0.0.13:5050"]["/slaves"] = reply{status: 307, to: "//10.0.0.12:5050/slaves"}
		}, short{Version: "2.1.0", Problems: []string{"the masters disagree on the leading mesos master: 10.0.0.11, 10.0.0.12"}}},
		{"an agent of an older version", func(w world, _ *dcos.Want) {
			w["10.0.0.21:61001"]["/dcos-metadata/dcos-version.json"] = reply{body: `{"version":"2.0.4"}`}
		}, healthyReport(func(s *short) {
			s.Healthy, s.Waiting = false, map[string]string{"a1 agent": "version: 2.0.4 is installed, not 2.1.0"}
		})},
		{"not upgraded yet", func(_ world, want *dcos.Want) {
			*want = dcos.Want{Masters: want.Masters[:1], MasterCount: 3, Version: "2.2.0"}
		},
			healthyReport(func(s *short) {
				s.Healthy, s.Unknown = false, []string{"S0", "S1"}
				s.Waiting = map[string]string{"m1 master": "version: 2.1.0 is installed, not 2.2.0"}
			})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, want := healthy(), wanted()
			tt.change(w, &want)
			if diff := cmp.Diff(tt.want, shorten(w.report(t, want))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestClusterHealthWithoutAnswers(t *testing.T) {
	got := shorten(dcos.ClusterHealth(dcos.Want{Masters: wanted().Masters[:1], Agents: wanted().Agents[:1]}, nil, nil))
	want := short{Waiting: map[string]string{"m1 master": "asked: the node was not asked", "a1 agent": "asked: the node was not asked"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAgents(t *testing.T) {
	ids := func(agents []dcos.Agent) []string {
		var out []string
		for _, a := range agents {
			out = append(out, a.ID)
		}
		return out
	}
	for _, address := range []string{"10.0.0.11", "10.0.0.12"} {
		agents, err := healthy().client(t, address).Agents(t.Context())
		if diff := cmp.Diff([]string{"S0", "S1"}, ids(agents)); diff != "" || err != nil {
			t.Errorf("asked at %s: %v (-want +got):\n%s", address, err, diff)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(world)
		want   string
	}{
		{"no leader", func(w world) { w["10.0.0.12:5050"]["/slaves"] = reply{status: 503} },
			"ask 10.0.0.12 for the agents: no leader elected"},
		{"login", func(w world) { w["10.0.0.12:5050"]["/slaves"] = reply{status: 401} },
			"ask 10.0.0.12 for the agents: http://10.0.0.12:5050/slaves: 401, needs a login (oauth_enabled or security is on)"},
		{"leader changes meanwhile", func(w world) {
			w["10.0.0.11:5050"]["/slaves"] = reply{status: 307, to: "//10.0.0.13:5050/slaves"}
		}, "ask the leading master 10.0.0.11 for the agents: it does not lead any more; ask again"},
		{"leader gone meanwhile", func(w world) { w["10.0.0.11:5050"]["/slaves"] = reply{status: 500} },
			"ask the leading master 10.0.0.11 for the agents: http://10.0.0.11:5050/slaves: 500 Internal Server Error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := healthy()
			tt.change(w)
			agents, err := w.client(t, "10.0.0.12").Agents(t.Context())
			if err == nil || agents != nil {
				t.Fatalf("got %v, %v", agents, err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// silent dials connections on which nobody ever answers.
func silent(t *testing.T) dcos.Dial {
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		t.Cleanup(func() { far.Close() })
		go func() { // reads the request, so that only the answer is missing
			buf := make([]byte, 4096)
			for {
				if _, err := far.Read(buf); err != nil {
					return
				}
			}
		}()
		return near, nil
	}
}

func TestWhatDoesNotAnswer(t *testing.T) {
	const silence = "silence"
	stopped, stop := context.WithCancel(t.Context())
	stop()
	refused := &ssh.OpenChannelError{Reason: ssh.ConnectionFailed, Message: "Connection refused"}
	fails := func(err error) dcos.Dial {
		return func(context.Context, string, string) (net.Conn, error) { return nil, err }
	}
	for _, tt := range []struct {
		name string
		ctx  context.Context
		dial dcos.Dial
		want string
	}{
		{silence, t.Context(), silent(t), "exhibitor: no answer in time on port 8181"},
		{"refused behind SSH", t.Context(), fails(refused), "exhibitor: refused on port 8181"},
		{"no connection", t.Context(), fails(errors.New("m1: host key has changed")), "exhibitor: m1: host key has changed"},
		{"stopped", stopped, silent(t), "exhibitor: not asked: the run was stopped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := dcos.Client{Dial: tt.dial, Address: "10.0.0.11", Timeout: time.Minute}
			if tt.name == silence {
				client.Timeout = 20 * time.Millisecond
			}
			got := dcos.MasterHealth(client.CollectMaster(tt.ctx, "m1"), 1).Waiting
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTooLongAnAnswer(t *testing.T) {
	w := healthy()
	w["10.0.0.11:8080"]["/ping"] = reply{body: string(make([]byte, 1<<20+1))}
	got := dcos.MasterHealth(w.client(t, "10.0.0.11").CollectMaster(t.Context(), "m1"), 3).Waiting
	if diff := cmp.Diff("marathon: http://10.0.0.11:8080/ping: the answer has more than 1048576 bytes", got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
