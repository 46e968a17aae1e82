package node

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// runFramework runs a service that stands for election in the group of its name: Marathon and Metronome.
func (n Node) runFramework(ctx context.Context, name string, port int, routes func(Node, *election) http.Handler) error {
	e := &election{n: n, group: name}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { e.run(ctx) })
	defer cancel()
	return n.serve(ctx, port, routes(n, e))
}

func marathonRoutes(n Node, e *election) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte("pong\n"))
	})
	mux.HandleFunc("GET /v2/info", func(w http.ResponseWriter, _ *http.Request) {
		leader := e.leader()
		if leader == "" {
			http.Error(w, `{"message": "no leader"}`, http.StatusServiceUnavailable)
			return
		}
		answer(w, map[string]any{"name": "marathon", "version": "stand-in", "elected": e.leads(),
			"leader": net.JoinHostPort(leader, strconv.Itoa(n.Ports.Marathon)), "frameworkId": "stand-in-marathon"})
	})
	mux.HandleFunc("GET /v2/leader", func(w http.ResponseWriter, _ *http.Request) {
		leader := e.leader()
		if leader == "" {
			http.Error(w, `{"message": "There is no leader"}`, http.StatusNotFound)
			return
		}
		answer(w, map[string]string{"leader": net.JoinHostPort(leader, strconv.Itoa(n.Ports.Marathon))})
	})
	for path, list := range map[string]any{
		"GET /v2/apps":        map[string]any{"apps": []any{}},
		"GET /v2/tasks":       map[string]any{"tasks": []any{}},
		"GET /v2/groups":      map[string]any{"id": "/", "apps": []any{}, "groups": []any{}},
		"GET /v2/deployments": []any{},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { answer(w, list) })
	}
	return mux
}

func metronomeRoutes(_ Node, e *election) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/jobs", func(w http.ResponseWriter, _ *http.Request) {
		if e.leader() == "" {
			http.Error(w, "no leader", http.StatusServiceUnavailable)
			return
		}
		answer(w, []any{})
	})
	return mux
}

func cosmosRoutes() http.Handler {
	mux := http.NewServeMux()
	typed := func(kind string, v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			answerAs(w, "application/vnd.dcos."+kind+"+json;charset=utf-8;version=v1", v)
		}
	}
	mux.HandleFunc("GET /capabilities", typed("capabilities", map[string]any{
		"capabilities": []map[string]string{{"name": "PACKAGE_MANAGEMENT"}}}))
	mux.HandleFunc("POST /package/list", typed("package.list-response", map[string]any{"packages": []any{}}))
	return mux
}

// dnsRoutes answers Mesos-DNS's HTTP interface for the names of masters.
func (n Node) dnsRoutes() http.Handler {
	type host struct {
		Host string `json:"host"`
		IP   string `json:"ip"`
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"Service": "Mesos-DNS", "Version": "stand-in"})
	})
	mux.HandleFunc("GET /v1/hosts/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(r.PathValue("name"), ".")
		hosts := []host{}
		switch name {
		case "leader.mesos":
			if leader, err := n.leader(r.Context(), "mesos"); err == nil {
				hosts = append(hosts, host{name + ".", leader})
			}
		case "master.mesos":
			for _, master := range n.Settings.Masters {
				hosts = append(hosts, host{name + ".", master})
			}
		}
		if len(hosts) == 0 {
			hosts = append(hosts, host{}) // Mesos-DNS has one empty entry for an unknown name
		}
		answer(w, hosts)
	})
	return mux
}
