package node

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Unit is one unit of DC/OS on a node.
type Unit struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Health      int    `json:"health"` // 0: it runs, 1: it does not
	Output      string `json:"output"`
	Description string `json:"description"`
	Help        string `json:"help"`
}

// Units asks systemd about every unit that dcos.target wants.
func (n Node) Units(ctx context.Context) ([]Unit, error) {
	entries, err := os.ReadDir(n.path("etc/systemd/system/dcos.target.wants"))
	if err != nil {
		return nil, err
	}
	args := []string{"show", "-p", "Id,Description,ActiveState,SubState,LoadState", "--"}
	for _, e := range entries {
		args = append(args, e.Name())
	}
	if len(entries) == 0 {
		return []Unit{}, nil
	}
	out, err := exec.CommandContext(ctx, "systemctl", args...).Output()
	if err != nil {
		return nil, err
	}
	return parseUnits(string(out)), nil
}

// parseUnits reads what systemctl show prints: a paragraph for each unit.
func parseUnits(text string) []Unit {
	units := []Unit{}
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		properties := map[string]string{}
		for line := range strings.SplitSeq(paragraph, "\n") {
			key, value, _ := strings.Cut(line, "=")
			properties[key] = value
		}
		u := Unit{ID: properties["Id"], Name: strings.TrimSuffix(properties["Id"], ".service"), Description: properties["Description"],
			Help: "journalctl -u " + properties["Id"]}
		if properties["ActiveState"] != "active" || properties["SubState"] != "running" {
			u.Health = 1
			u.Output = properties["Id"] + " is " + properties["ActiveState"] + " (" + properties["SubState"] + ")"
		}
		units = append(units, u)
	}
	return units
}

// health is what a node says about itself.
type health struct {
	Units    []Unit `json:"units"`
	Hostname string `json:"hostname"`
	IP       string `json:"ip"`
	Version  string `json:"dcos_version"`
	Role     string `json:"node_role"`
	MesosID  string `json:"mesos_id"`
}

// nodeHealth is a node in the list of all nodes.
type nodeHealth struct {
	IP     string `json:"host_ip"`
	Health int    `json:"health"`
	Role   string `json:"role"`
}

func (n Node) diagnosticsRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /system/health/v1", func(w http.ResponseWriter, r *http.Request) {
		h, err := n.health(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, h)
	})
	mux.HandleFunc("GET /system/health/v1/nodes", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]any{"nodes": n.nodes(r.Context())})
	})
	mux.HandleFunc("GET /system/health/v1/nodes/{ip}/units", func(w http.ResponseWriter, r *http.Request) {
		var h health
		if err := n.call(r.Context(), http.MethodGet, r.PathValue("ip"), n.Ports.Diagnostics, "/system/health/v1", &h); err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		answer(w, map[string]any{"units": h.Units})
	})
	return mux
}

func (n Node) health(ctx context.Context) (health, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	units, err := n.Units(ctx)
	if err != nil {
		return health{}, err
	}
	hostname, err := os.Hostname()
	if err != nil {
		return health{}, err
	}
	h := health{Units: units, Hostname: hostname, IP: n.Address, Version: n.Settings.Version}
	roles, err := filepath.Glob(n.path("etc/mesosphere/roles/*"))
	if err != nil {
		return health{}, err
	}
	for _, role := range roles {
		h.Role = map[string]string{"slave": "agent", "slave_public": "agent_public"}[filepath.Base(role)]
		if h.Role == "" {
			h.Role = filepath.Base(role)
		}
	}
	if id, err := os.ReadFile(n.path(n.Settings.AgentWorkDir, "meta/standin-agent-id")); err == nil {
		h.MesosID = strings.TrimSpace(string(id))
	}
	return h, nil
}

// nodes asks every master and every registered agent. One that does not answer has health 3, unknown.
func (n Node) nodes(ctx context.Context) []nodeHealth {
	var list []nodeHealth
	for _, master := range n.Settings.Masters {
		list = append(list, nodeHealth{IP: master, Health: 3, Role: "master"})
	}
	agents, err := n.agents(ctx)
	if err != nil {
		n.logf("list of agents: %v", err)
	}
	for _, a := range agents {
		role := "agent"
		if a.Attributes["public_ip"] == "true" {
			role = "agent_public"
		}
		list = append(list, nodeHealth{IP: a.Hostname, Health: 3, Role: role})
	}
	var asked sync.WaitGroup
	for i := range list {
		asked.Go(func() {
			var h health
			if n.call(ctx, http.MethodGet, list[i].IP, n.Ports.Diagnostics, "/system/health/v1", &h) != nil {
				return
			}
			list[i].Health = 0
			for _, u := range h.Units {
				list[i].Health = max(list[i].Health, u.Health)
			}
		})
	}
	asked.Wait()
	return list
}
