package dcos_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"dcosup/dcos"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a network of services: what each "address:port" answers to each path. A missing service refuses.
type world map[string]map[string]reply

// reply is one HTTP answer; a zero status is 200, and to is where a redirect leads.
type reply struct {
	status   int
	body, to string
}

// client asks the node at address in this world.
func (w world) client(t *testing.T, address string) *dcos.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host := r.Host
		if !strings.Contains(host, ":") {
			host += ":80"
		}
		a, ok := w[host][r.URL.Path]
		switch {
		case !ok:
			http.NotFound(rw, r)
		case a.to != "":
			rw.Header().Set("Location", a.to)
			rw.WriteHeader(a.status)
		default:
			rw.WriteHeader(max(a.status, http.StatusOK))
			fmt.Fprint(rw, a.body)
		}
	}))
	t.Cleanup(server.Close)
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		if _, up := w[addr]; !up {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
	}
	return &dcos.Client{Dial: dial, Address: address}
}

const version = `{"version":"2.1.0","dcos-image-commit":"c0ffee","bootstrap-id":"b00t","dcos-variant":"open"}`

// slaves is mesos's list: a private agent and a public one.
const slaves = `{"slaves":[
 {"id":"S0","hostname":"10.0.0.21","pid":"slave(1)@10.0.0.21:5051","active":true,"attributes":{},"reserved_resources":{}},
 {"id":"S1","hostname":"10.0.0.31","pid":"slave(1)@10.0.0.31:5051","active":true,"attributes":{"public_ip":"true"},"reserved_resources":{"slave_public":{"cpus":2}}}
],"recovered_slaves":[]}`

// healthyMaster adds a master that serves; the leader is the first of three.
func (w world) healthyMaster(address string) {
	w[address+":8181"] = map[string]reply{"/exhibitor/v1/cluster/status": {body: `[
		{"code":3,"description":"serving","hostname":"10.0.0.11","isLeader":false},
		{"code":3,"description":"serving","hostname":"10.0.0.12","isLeader":true},
		{"code":3,"description":"serving","hostname":"10.0.0.13","isLeader":false}]`}}
	w[address+":5050"] = map[string]reply{
		"/health":           {},
		"/metrics/snapshot": {body: `{"registrar/log/recovered":1.0,"master/elected":0.0,"odd":null}`},
		"/slaves":           {status: 307, to: "//10.0.0.11:5050/slaves"},
	}
	if address == "10.0.0.11" {
		w[address+":5050"]["/slaves"] = reply{body: slaves}
	}
	w[address+":8080"] = map[string]reply{"/ping": {body: "pong"}}
	w[address+":80"] = map[string]reply{"/": {body: "<html>"}, "/dcos-metadata/dcos-version.json": {body: version}}
}

// healthyAgent adds a registered agent.
func (w world) healthyAgent(address string) {
	w[address+":5051"] = map[string]reply{"/metrics/snapshot": {body: `{"slave/registered":1.0}`}}
	w[address+":61001"] = map[string]reply{"/dcos-metadata/dcos-version.json": {body: version}}
}

// healthy is a cluster of three masters, an agent and a public agent.
func healthy() world {
	w := world{}
	for _, m := range []string{"10.0.0.11", "10.0.0.12", "10.0.0.13"} {
		w.healthyMaster(m)
	}
	w.healthyAgent("10.0.0.21")
	w.healthyAgent("10.0.0.31")
	return w
}

// wanted is what the inventory of that cluster asks for.
func wanted() dcos.Want {
	return dcos.Want{
		Masters: []dcos.WantNode{{Name: "m1", Address: "10.0.0.11"}, {Name: "m2", Address: "10.0.0.12"}, {Name: "m3", Address: "10.0.0.13"}},
		Agents:  []dcos.WantNode{{Name: "a1", Address: "10.0.0.21"}, {Name: "p1", Address: "10.0.0.31", Public: true}},
	}
}

// report asks every wanted node and judges.
func (w world) report(t *testing.T, want dcos.Want) dcos.Report {
	t.Helper()
	var masters []dcos.MasterAnswers
	for _, m := range want.Masters {
		masters = append(masters, w.client(t, m.Address).CollectMaster(t.Context(), m.Name))
	}
	var agents []dcos.AgentAnswers
	for _, a := range want.Agents {
		agents = append(agents, w.client(t, a.Address).CollectAgent(t.Context(), a.Name))
	}
	return dcos.ClusterHealth(want, masters, agents)
}
