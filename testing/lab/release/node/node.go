// Package node is the services of a stand-in cluster: what answers on a node's ports in place of DC/OS's components.
//
// Each service is a process of its own that talks to the others over the network only: exhibitors form an ensemble and
// elect, Mesos masters, Marathon and Metronome stand for election in it, agents register with the leading master and are
// dropped by it when they fall silent. So health follows what really runs. Nothing is scheduled: there are no tasks, and
// Marathon and Metronome hold no apps and jobs. Only a static list of masters forms an ensemble.
//
//	n := node.Node{Settings: settings, Address: "10.0.0.2"}
//	err := n.Run(ctx, "exhibitor") // until ctx ends
package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"dcosup/testing/lab/release/catalog"
)

// Node is the machine that a service runs on.
type Node struct {
	Settings catalog.Settings
	// Address is what the detection script says: by it the others know this node.
	Address string
	// PublicAddress is what the public detection script says; "": Address.
	PublicAddress string
	// Public makes an agent a public one.
	Public bool
	// Ports are where services listen; the zero value is DC/OS's ports. They are the same on all nodes.
	Ports Ports
	// Listen is the address to listen on; "": all.
	Listen string
	// Root is put before the paths of files; "" on a node.
	Root string
	// Tick is how often a service looks at the others; 0: 500 ms. A service counts as gone after ten ticks.
	Tick time.Duration
	// Log is told of changes; nil: nobody.
	Log func(format string, args ...any)
}

// Ports of the services, as in DC/OS 2.1.
type Ports struct {
	Exhibitor, ZooKeeper, MesosMaster, MesosAgent, Marathon, Metronome, Cosmos, MesosDNS, Diagnostics int
	Router, RouterTLS, AgentRouter                                                                    int
}

func defaultPorts() Ports {
	return Ports{Exhibitor: 8181, ZooKeeper: 2181, MesosMaster: 5050, MesosAgent: 5051, Marathon: 8080, Metronome: 9000,
		Cosmos: 7070, MesosDNS: 8123, Diagnostics: 1050, Router: 80, RouterTLS: 443, AgentRouter: 61001}
}

// ErrNoService is returned for the name of a service that there is not.
var ErrNoService = errors.New("there is no such service")

// Run runs one service until ctx ends; then it returns nil. The names are those in the units: exhibitor, mesos-master,
// mesos-agent, mesos-agent-public, marathon, metronome, cosmos, mesos-dns, diagnostics, adminrouter, adminrouter-agent.
func (n Node) Run(ctx context.Context, service string) error {
	if n.Ports == (Ports{}) {
		n.Ports = defaultPorts()
	}
	if n.Tick == 0 {
		n.Tick = 500 * time.Millisecond
	}
	switch service {
	case "exhibitor":
		return n.runExhibitor(ctx)
	case "mesos-master":
		return n.runMaster(ctx)
	case "mesos-agent":
		return n.runAgent(ctx)
	case "mesos-agent-public":
		n.Public = true
		return n.runAgent(ctx)
	case "marathon":
		return n.runFramework(ctx, "marathon", n.Ports.Marathon, marathonRoutes)
	case "metronome":
		return n.runFramework(ctx, "metronome", n.Ports.Metronome, metronomeRoutes)
	case "cosmos":
		return n.serve(ctx, n.Ports.Cosmos, cosmosRoutes())
	case "mesos-dns":
		return n.serve(ctx, n.Ports.MesosDNS, n.dnsRoutes())
	case "diagnostics":
		return n.serve(ctx, n.Ports.Diagnostics, n.diagnosticsRoutes())
	case "adminrouter":
		return n.runRouter(ctx)
	case "adminrouter-agent":
		return n.serve(ctx, n.Ports.AgentRouter, n.agentRouterRoutes())
	}
	return fmt.Errorf("%w: %s", ErrNoService, service)
}

// lost is after how long a silent party counts as gone.
func (n Node) lost() time.Duration { return 10 * n.Tick }

func (n Node) logf(format string, args ...any) {
	if n.Log != nil {
		n.Log(format, args...)
	}
}

func (n Node) path(parts ...string) string {
	return filepath.Join(append([]string{n.Root, "/"}, parts...)...)
}

// serve answers on port until ctx ends, then lets running requests finish.
func (n Node) serve(ctx context.Context, port int, handler http.Handler) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(n.Listen, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return serveOn(ctx, l, handler)
}

func serveOn(ctx context.Context, l net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// The run is over: what is left to do gets a time of its own.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	err := server.Shutdown(last)
	<-done
	return err
}

// every calls do at once and then each tick, until ctx ends.
func (n Node) every(ctx context.Context, do func()) {
	ticker := time.NewTicker(n.Tick)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// statusError is an answer with a status that is not 200.
type statusError struct {
	url      string
	status   int
	location string
}

func (e *statusError) Error() string { return fmt.Sprintf("%s: HTTP status %d", e.url, e.status) }

// client neither follows redirects, for they mean something here, nor keeps connections: partners come and go.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableKeepAlives: true},
}

// call asks host at port, within one tick or a second, whichever is longer, and decodes the JSON answer into to.
func (n Node) call(ctx context.Context, method, host string, port int, path string, to any) error {
	ctx, cancel := context.WithTimeout(ctx, max(n.Tick, time.Second))
	defer cancel()
	target := "http://" + net.JoinHostPort(host, strconv.Itoa(port)) + path
	req, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // read only
	if res.StatusCode != http.StatusOK {
		return &statusError{target, res.StatusCode, res.Header.Get("Location")}
	}
	return json.NewDecoder(io.LimitReader(res.Body, 16<<20)).Decode(to)
}

// leader asks the ensemble who leads group. Any master's exhibitor will do.
func (n Node) leader(ctx context.Context, group string) (string, error) {
	errs := []error{errors.New("no leader of " + group + " is known")}
	for _, master := range n.Settings.Masters {
		var answer standing
		err := n.call(ctx, http.MethodGet, master, n.Ports.Exhibitor, "/standin/v1/groups/"+url.PathEscape(group), &answer)
		if err == nil && answer.Leader != "" {
			return answer.Leader, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}

// clusterID reads the cluster's id, "" while there is none.
func (n Node) clusterID() string {
	text, err := os.ReadFile(n.path("var/lib/dcos/cluster-id"))
	if err != nil {
		return ""
	}
	return string(text)
}

// keepClusterID writes down the cluster's id, unless one is there.
func (n Node) keepClusterID(id string) {
	if id == "" || n.clusterID() != "" {
		return
	}
	if err := writeWhole(n.path("var/lib/dcos/cluster-id"), id); err != nil {
		n.logf("keep the cluster's id: %v", err)
	}
}

func writeWhole(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
