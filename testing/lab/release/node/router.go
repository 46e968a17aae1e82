package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const page = `<!DOCTYPE html>
<html><head><title>Stand-in cluster</title></head>
<body><h1>This is a stand-in cluster for tests. It is not DC/OS.</h1>
<p>It answers like DC/OS where an installer asks, and runs no tasks.</p></body></html>
`

// runRouter is the master's admin router, on its port and, with a certificate of its own making, on the TLS port.
func (n Node) runRouter(ctx context.Context) error {
	routes := n.routerRoutes()
	if n.Ports.RouterTLS == 0 {
		return n.serve(ctx, n.Ports.Router, routes)
	}
	l, err := n.listenTLS(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tls := make(chan error, 1)
	go func() {
		tls <- serveOn(ctx, l, routes)
		cancel()
	}()
	err = n.serve(ctx, n.Ports.Router, routes)
	cancel()
	if tlsErr := <-tls; err == nil {
		err = tlsErr
	}
	return err
}

// common are the routes that masters and agents have.
func (n Node) common(mux *http.ServeMux, guard func(http.Handler) http.Handler) {
	mux.HandleFunc("GET /dcos-metadata/dcos-version.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		http.ServeFile(w, r, n.path("opt/mesosphere/etc/dcos-version.json"))
	})
	mux.Handle("GET /metadata", guard(http.HandlerFunc(n.answerMetadata)))
	mux.Handle("GET /pkgpanda/active/", guard(http.HandlerFunc(n.answerActive)))
	mux.Handle("/system/health/v1", guard(n.proxy("", n.toSelf(n.Ports.Diagnostics))))
	mux.Handle("/system/health/v1/", guard(n.proxy("", n.toSelf(n.Ports.Diagnostics))))
	mux.Handle("GET /system/checks/v1/node", guard(n.checks("node-poststart")))
	mux.Handle("GET /system/checks/v1/cluster", guard(n.checks("cluster")))
}

func (n Node) agentRouterRoutes() http.Handler {
	mux := http.NewServeMux()
	// Agents cannot know who logs in on a master: a token is asked for and not looked into.
	n.common(mux, func(next http.Handler) http.Handler { return guarded(n.Settings.Auth, hasToken, next) })
	return mux
}

func (n Node) routerRoutes() http.Handler {
	mux := http.NewServeMux()
	guard := func(next http.Handler) http.Handler { return guarded(n.Settings.Auth, n.goodToken, next) }
	n.common(mux, guard)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page))
	})
	mux.HandleFunc("POST /acs/api/v1/auth/login", n.login)
	mux.Handle("/exhibitor/", n.proxy("/exhibitor", n.toSelf(n.Ports.Exhibitor)))
	mux.Handle("/mesos/", guard(n.proxy("/mesos", n.toLeader("mesos", n.Ports.MesosMaster))))
	for _, prefix := range []string{"/service/marathon", "/marathon"} {
		mux.Handle(prefix+"/", guard(n.proxy(prefix, n.toLeader("marathon", n.Ports.Marathon))))
	}
	mux.Handle("/service/metronome/", guard(n.proxy("/service/metronome", n.toLeader("metronome", n.Ports.Metronome))))
	mux.Handle("/mesos_dns/", guard(n.proxy("/mesos_dns", n.toSelf(n.Ports.MesosDNS))))
	mux.Handle("/capabilities", guard(n.proxy("", n.toSelf(n.Ports.Cosmos))))
	mux.Handle("/package/", guard(n.proxy("", n.toSelf(n.Ports.Cosmos))))
	mux.Handle("/agent/{id}/", guard(http.HandlerFunc(n.toAgent)))
	return mux
}

// upstream finds where a request goes: host:port.
type upstream func(context.Context) (string, error)

func (n Node) toSelf(port int) upstream {
	host := n.Listen
	if host == "" {
		host = "127.0.0.1"
	}
	return func(context.Context) (string, error) { return net.JoinHostPort(host, strconv.Itoa(port)), nil }
}

func (n Node) toLeader(group string, port int) upstream {
	return func(ctx context.Context) (string, error) {
		leader, err := n.leader(ctx, group)
		return net.JoinHostPort(leader, strconv.Itoa(port)), err
	}
}

// proxy passes requests on without prefix: 503 when nobody is known to pass it to, 502 when that one does not answer.
func (n Node) proxy(prefix string, to upstream) http.Handler {
	return http.StripPrefix(prefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, err := to(r.Context())
		if err != nil {
			http.Error(w, "503 Service Unavailable: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		proxy := httputil.ReverseProxy{
			Rewrite:   func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: "http", Host: host}) },
			Transport: client.Transport,
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
				http.Error(w, "502 Bad Gateway: "+err.Error(), http.StatusBadGateway)
			},
		}
		proxy.ServeHTTP(w, r)
	}))
}

// toAgent passes /agent/<id>/... on to that agent.
func (n Node) toAgent(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	n.proxy("/agent/"+id, func(ctx context.Context) (string, error) {
		slaves, err := n.agents(ctx)
		if err != nil {
			return "", err
		}
		for _, s := range slaves {
			if s.ID == id {
				return net.JoinHostPort(s.Hostname, strconv.Itoa(s.Port)), nil
			}
		}
		return "", fmt.Errorf("no agent %s", id)
	}).ServeHTTP(w, r)
}

// agents asks the leading master who is registered.
func (n Node) agents(ctx context.Context) ([]registration, error) {
	leader, err := n.leader(ctx, "mesos")
	if err != nil {
		return nil, err
	}
	var list struct {
		Slaves []registration `json:"slaves"`
	}
	err = n.call(ctx, http.MethodGet, leader, n.Ports.MesosMaster, "/slaves", &list)
	return list.Slaves, err
}

func (n Node) answerMetadata(w http.ResponseWriter, _ *http.Request) {
	public := n.PublicAddress
	if public == "" {
		public = n.Address
	}
	answer(w, map[string]string{"PUBLIC_IPV4": public, "CLUSTER_ID": n.clusterID()})
}

func (n Node) answerActive(w http.ResponseWriter, _ *http.Request) {
	links, err := filepath.Glob(n.path("opt/mesosphere/active/*"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	ids := []string{}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil {
			ids = append(ids, filepath.Base(target))
		}
	}
	answer(w, ids)
}

// checks answers with what the node's check runner says.
func (n Node) checks(kind string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, n.path("opt/mesosphere/bin/dcos-check-runner"), "check", kind).Output()
		if len(out) == 0 {
			http.Error(w, fmt.Sprint(err), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.TrimSpace(out))
	})
}

func answerAs(w http.ResponseWriter, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}

// hasToken is whether a request carries any token in DC/OS's form.
func hasToken(r *http.Request) bool { return tokenOf(r) != "" }

func tokenOf(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "token=")
	if !ok {
		return ""
	}
	return token
}

// guarded answers 401 where auth is on and a request is not good.
func guarded(auth bool, good func(*http.Request) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if auth && !good(r) {
			w.Header().Set("WWW-Authenticate", "acsjwt")
			http.Error(w, "401 Unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
