package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"dcosup/testing/lab/release/catalog"
	"dcosup/testing/lab/release/node"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const tick = 20 * time.Millisecond

// cluster is services of several nodes in one process. Each node has a loopback address of its own, so that all can have
// the same ports, as on a network.
type cluster struct {
	t        *testing.T
	settings catalog.Settings
	ports    node.Ports
	roots    map[string]string
	stops    map[string]func() // by address and service
}

func newCluster(t *testing.T, masters ...string) *cluster {
	t.Helper()
	return &cluster{
		t: t,
		settings: catalog.Settings{ClusterName: "test", Version: "2.1.0", Masters: masters,
			AgentWorkDir: "/var/lib/mesos/slave", MasterWorkDir: "/var/lib/dcos/mesos/master"},
		ports: freePorts(t),
		roots: map[string]string{},
		stops: map[string]func(){},
	}
}

// freePorts finds ports that are free on all of the loopback's addresses.
func freePorts(t *testing.T) node.Ports {
	t.Helper()
	var ports [11]int
	for i := range ports {
		l, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return node.Ports{Exhibitor: ports[0], ZooKeeper: ports[1], MesosMaster: ports[2], MesosAgent: ports[3], Marathon: ports[4],
		Metronome: ports[5], Cosmos: ports[6], MesosDNS: ports[7], Diagnostics: ports[8], Router: ports[9], AgentRouter: ports[10]}
}

// start runs services of the node at address, until the test ends or stop.
func (c *cluster) start(address string, services ...string) {
	c.t.Helper()
	if c.roots[address] == "" {
		c.roots[address] = c.t.TempDir()
	}
	n := node.Node{Settings: c.settings, Address: address, Listen: address, Ports: c.ports, Root: c.roots[address], Tick: tick}
	for _, service := range services {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- n.Run(ctx, service) }()
		stopped := false
		c.stops[address+" "+service] = func() {
			if stopped {
				return
			}
			stopped = true
			cancel()
			if err := <-ended; err != nil {
				c.t.Errorf("%s on %s: %v", service, address, err)
			}
		}
		c.t.Cleanup(c.stops[address+" "+service])
	}
}

func (c *cluster) stop(address string, services ...string) {
	for _, service := range services {
		c.stops[address+" "+service]()
	}
}

// get asks address and gives the status and the body; 0 when nobody answers.
func (c *cluster) get(address string, port int, path string, headers ...string) (int, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, fmt.Sprintf("http://%s:%d%s", address, port, path), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return c.do(req)
}

func (c *cluster) do(req *http.Request) (int, string) {
	c.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// eventually waits until look gives want.
func eventually[T any](t *testing.T, what string, want T, look func() T) {
	t.Helper()
	var diff string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(tick / 2) {
		if diff = cmp.Diff(want, look()); diff == "" {
			return
		}
	}
	t.Fatalf("%s (-want +got):\n%s", what, diff)
}

// ensemble is the exhibitor's view: each member's description, with a star for the leader.
func (c *cluster) ensemble(address string) func() []string {
	return func() []string {
		_, body := c.get(address, c.ports.Exhibitor, "/exhibitor/v1/cluster/status")
		var members []struct {
			Description string
			IsLeader    bool
		}
		if json.Unmarshal([]byte(body), &members) != nil {
			return []string{body}
		}
		var got []string
		for _, m := range members {
			if m.IsLeader {
				m.Description += "*"
			}
			got = append(got, m.Description)
		}
		return got
	}
}

// hosts are the host names of the agents that the leading master lists, seen through a master's admin router.
func (c *cluster) hosts(master string) func() []string {
	return func() []string {
		_, body := c.get(master, c.ports.Router, "/mesos/slaves")
		var list struct{ Slaves []struct{ Hostname string } }
		if json.Unmarshal([]byte(body), &list) != nil {
			return []string{body}
		}
		hosts := []string{}
		for _, s := range list.Slaves {
			hosts = append(hosts, s.Hostname)
		}
		return hosts
	}
}

func (c *cluster) metric(address string, port int, name string) func() float64 {
	return func() float64 {
		_, body := c.get(address, port, "/metrics/snapshot")
		var metrics map[string]float64
		if json.Unmarshal([]byte(body), &metrics) != nil {
			return -1
		}
		return metrics[name]
	}
}

const (
	m1, m2, m3 = "127.0.0.11", "127.0.0.12", "127.0.0.13"
	a1, a2, p1 = "127.0.0.21", "127.0.0.22", "127.0.0.31"
)

func TestOneMasterAndItsAgents(t *testing.T) {
	c := newCluster(t, m1)
	c.start(a1, "mesos-agent") // agents may be there first
	c.start(p1, "mesos-agent-public")
	if got := c.metric(a1, c.ports.MesosAgent, "slave/registered")(); got > 0 {
		t.Errorf("an agent without a master says it is registered")
	}
	c.start(m1, "mesos-master", "adminrouter")
	if code, _ := c.get(m1, c.ports.Router, "/mesos/slaves"); code != http.StatusServiceUnavailable && code != 0 {
		t.Errorf("without an exhibitor /mesos answers %d, want 503", code)
	}
	c.start(m1, "exhibitor")
	eventually(t, "ensemble", []string{"serving*"}, c.ensemble(m1))
	eventually(t, "agents", []string{a1, p1}, c.hosts(m1))
	eventually(t, "recovered", 1, c.metric(m1, c.ports.MesosMaster, "registrar/log/recovered"))
	eventually(t, "registered", 1, c.metric(a1, c.ports.MesosAgent, "slave/registered"))
	_, summary := c.get(m1, c.ports.Router, "/mesos/state-summary")
	var state struct {
		Cluster string
		Slaves  []struct {
			Attributes map[string]string
			Reserved   map[string]any `json:"reserved_resources"`
		}
	}
	if err := json.Unmarshal([]byte(summary), &state); err != nil {
		t.Fatal(err)
	}
	if state.Slaves[1].Attributes["public_ip"] != "true" || state.Slaves[1].Reserved["slave_public"] == nil {
		t.Errorf("the public agent has no attribute or no reservation: %+v", state.Slaves[1])
	}

	c.stop(a1, "mesos-agent")
	eventually(t, "agents after one stopped", []string{p1}, c.hosts(m1))
	c.stop(m1, "mesos-master")
	eventually(t, "an agent without its master", 0, c.metric(p1, c.ports.MesosAgent, "slave/registered"))
}

func TestThreeMastersElect(t *testing.T) {
	c := newCluster(t, m1, m2, m3)
	c.start(m1, "exhibitor", "mesos-master", "adminrouter")
	eventually(t, "alone", []string{"not serving", "down", "down"}, c.ensemble(m1))
	eventually(t, "no quorum, not recovered", 0, c.metric(m1, c.ports.MesosMaster, "registrar/log/recovered"))

	c.start(m2, "exhibitor", "mesos-master", "adminrouter")
	eventually(t, "a quorum of two", []string{"serving*", "serving", "down"}, c.ensemble(m2))
	eventually(t, "one master leads Mesos", 1, func() float64 {
		return c.metric(m1, c.ports.MesosMaster, "master/elected")() + c.metric(m2, c.ports.MesosMaster, "master/elected")()
	})
	c.start(m3, "exhibitor", "mesos-master", "adminrouter")
	eventually(t, "all three", []string{"serving*", "serving", "serving"}, c.ensemble(m3))
	c.start(a1, "mesos-agent")
	c.start(a2, "mesos-agent")
	eventually(t, "agents, asked through a follower", []string{a1, a2}, c.hosts(m3))

	c.stop(m1, "exhibitor", "mesos-master", "adminrouter")
	eventually(t, "one is gone", []string{"down", "serving*", "serving"}, c.ensemble(m3))
	eventually(t, "agents follow the new leader", []string{a1, a2}, c.hosts(m2))

	c.stop(m2, "exhibitor")
	eventually(t, "the quorum is gone", []string{"down", "down", "not serving"}, c.ensemble(m3))
	eventually(t, "nobody leads", 0, c.metric(m3, c.ports.MesosMaster, "master/elected"))
	if code, _ := c.get(m3, c.ports.Router, "/mesos/slaves"); code != http.StatusServiceUnavailable {
		t.Errorf("without a quorum /mesos answers %d, want 503", code)
	}

	c.start(m1, "exhibitor")
	eventually(t, "the quorum is back", []string{"serving*", "down", "serving"}, c.ensemble(m3))
	eventually(t, "agents come back", []string{a1, a2}, c.hosts(m3))
}

func TestMasterWithAnotherAddressNeverServes(t *testing.T) {
	c := newCluster(t, m1)
	c.start(m2, "exhibitor")
	eventually(t, "status", []string{"down"}, c.ensemble(m2))
	eventually(t, "ZooKeeper", "This ZooKeeper instance is not currently serving requests\n", c.fourLetters(m2, "srvr"))
}

func TestZooKeeperWords(t *testing.T) {
	c := newCluster(t, m1, m2)
	c.start(m1, "exhibitor")
	c.start(m2, "exhibitor")
	mode := func(address string) func() string {
		return func() string {
			_, rest, _ := strings.Cut(c.fourLetters(address, "srvr")(), "Mode: ")
			mode, _, _ := strings.Cut(rest, "\n")
			return mode
		}
	}
	eventually(t, "leader", "leader", mode(m1))
	eventually(t, "follower", "follower", mode(m2))
	if got := c.fourLetters(m1, "ruok")(); got != "imok" {
		t.Errorf("ruok gives %q, want imok", got)
	}
	alone := newCluster(t, m3)
	alone.start(m3, "exhibitor")
	eventually(t, "one master", true, func() bool { return strings.Contains(alone.fourLetters(m3, "srvr")(), "Mode: standalone") })
}

func (c *cluster) fourLetters(address, word string) func() string {
	return func() string {
		conn, err := net.Dial("tcp", net.JoinHostPort(address, strconv.Itoa(c.ports.ZooKeeper)))
		if err != nil {
			return err.Error()
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, word); err != nil {
			return err.Error()
		}
		text, err := io.ReadAll(conn)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
}

func TestAgentKeepsItsIDUntilItIsMarkedGone(t *testing.T) {
	c := newCluster(t, m1)
	c.start(m1, "exhibitor", "mesos-master", "adminrouter")
	c.start(a1, "mesos-agent")
	eventually(t, "registered", []string{a1}, c.hosts(m1))
	id := c.agentID(a1)
	c.stop(a1, "mesos-agent")
	c.start(a1, "mesos-agent")
	eventually(t, "registered again", 1, c.metric(a1, c.ports.MesosAgent, "slave/registered"))
	if got := c.agentID(a1); got != id {
		t.Errorf("after a restart the agent is %s, want %s", got, id)
	}
	eventually(t, "through the router", true, func() bool {
		_, body := c.get(m1, c.ports.Router, "/agent/"+id+"/slave(1)/state")
		return strings.Contains(body, id)
	})

	mark := fmt.Sprintf(`{"type": "MARK_AGENT_GONE", "mark_agent_gone": {"agent_id": {"value": %q}}}`, id)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		fmt.Sprintf("http://%s:%d/mesos/api/v1", m1, c.ports.Router), strings.NewReader(mark))
	if err != nil {
		t.Fatal(err)
	}
	if code, body := c.do(req); code != http.StatusOK {
		t.Fatalf("MARK_AGENT_GONE: %d %s", code, body)
	}
	eventually(t, "gone", []string{}, c.hosts(m1))
	eventually(t, "and told so", 0, c.metric(a1, c.ports.MesosAgent, "slave/registered"))
}

func (c *cluster) agentID(address string) string {
	_, body := c.get(address, c.ports.MesosAgent, "/state")
	var state struct{ ID string }
	if err := json.Unmarshal([]byte(body), &state); err != nil {
		c.t.Fatal(err)
	}
	return state.ID
}

func TestServicesBehindTheRouter(t *testing.T) {
	c := newCluster(t, m1)
	c.start(m1, "exhibitor", "mesos-master", "adminrouter")
	eventually(t, "ensemble", []string{"serving*"}, c.ensemble(m1))
	status := func(path string) func() int {
		return func() int { code, _ := c.get(m1, c.ports.Router, path); return code }
	}
	for name, test := range map[string]struct {
		service, path string
		without       int
	}{
		"marathon":  {"marathon", "/service/marathon/v2/info", 503},
		"metronome": {"metronome", "/service/metronome/v1/jobs", 503},
		"cosmos":    {"cosmos", "/capabilities", 502},
		"mesos-dns": {"mesos-dns", "/mesos_dns/v1/hosts/leader.mesos", 502},
	} {
		t.Run(name, func(t *testing.T) {
			eventually(t, "without the service", test.without, status(test.path))
			c.start(m1, test.service)
			eventually(t, "with the service", 200, status(test.path))
		})
	}
	if _, body := c.get(m1, c.ports.Router, "/service/marathon/ping"); body != "pong\n" {
		t.Errorf("Marathon answers a ping with %q", body)
	}
	if _, page := c.get(m1, c.ports.Router, "/"); !strings.Contains(page, "not DC/OS") {
		t.Errorf("the page does not say that this is a stand-in:\n%s", page)
	}
}

func TestUnknownService(t *testing.T) {
	err := node.Node{}.Run(t.Context(), "etcd")
	if err == nil || !strings.Contains(err.Error(), "etcd") {
		t.Errorf("got %v, want an error that names the service", err)
	}
}
