// Package checks is dcos-check-runner of the stand-in release: it looks whether a node, and its cluster, is healthy.
//
// Every check looks at something real: units that systemd runs, programs that are in PATH, what the Mesos components
// answer, the kernel's clock. Checks that an operator defines in the configuration are not run.
//
//	code := checks.Command(ctx, checks.Host{Node: n, Roles: []string{"master"}}, []string{"check", "cluster"}, os.Stdout)
package checks

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"dcosup/testing/lab/release/node"
)

// Statuses of a check and of a run, which are the exit codes too.
const (
	OK       = 0
	Warning  = 1
	Critical = 2
	Unknown  = 3
)

// Host is the node to look at.
type Host struct {
	Node node.Node
	// Roles are the node's roles: master, slave, slave_public.
	Roles []string
	// MasterPort and AgentPort are those of Mesos; 0: 5050 and 5051.
	MasterPort, AgentPort int
}

// Result is what one check found.
type Result struct {
	Status int    `json:"status"`
	Output string `json:"output"`
}

type check struct {
	name string
	role string // "", "master" or "agent"
	run  func(context.Context, Host) Result
}

func nodeChecks() []check {
	list := []check{
		{"clock_sync", "", onHost(Host.clock)},
		{"components_agent", "agent", onHost(Host.components)},
		{"components_master", "master", onHost(Host.components)},
		{"docker", "", command("docker", "info")},
		{"ip_detect_script", "", onHost(Host.address)},
		{"journald_dir_permissions", "", journal},
		{"mesos_agent_registered_with_masters", "agent", onHost(Host.registered)},
		{"mesos_master_replog_synchronized", "master", onHost(Host.recovered)},
	}
	for _, name := range []string{"curl", "tar", "unzip", "xz"} {
		list = append(list, check{name, "", inPath(name)})
	}
	return list
}

func clusterChecks() []check {
	return []check{{"mesos_leader", "", onHost(Host.leader)}}
}

// onHost turns a method of Host into a check's function.
func onHost(method func(Host, context.Context) Result) func(context.Context, Host) Result {
	return func(ctx context.Context, h Host) Result { return method(h, ctx) }
}

// Command runs one command line and returns its exit code. What it prints is JSON: {status, checks}, or {error}.
func Command(ctx context.Context, h Host, args []string, out io.Writer) int {
	h.MasterPort, h.AgentPort = cmp.Or(h.MasterPort, 5050), cmp.Or(h.AgentPort, 5051)
	list, names := slices.Contains(args, "--list"), slices.DeleteFunc(slices.Clone(args),
		func(a string) bool { return strings.HasPrefix(a, "-") })
	if len(names) < 2 || names[0] != "check" {
		return fail(out, "usage: dcos-check-runner check [--list] node-prestart|node-poststart|cluster [NAME...]")
	}
	selected, err := h.selected(names[1], names[2:])
	if err != nil {
		return fail(out, err.Error())
	}
	if list {
		titles := map[string]any{}
		for _, c := range selected {
			titles[c.name] = map[string]string{"description": "stand-in check " + c.name}
		}
		return write(out, titles, OK)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	status, results := run(ctx, h, selected)
	return write(out, map[string]any{"status": status, "checks": results}, status)
}

var errName = errors.New("no such check")

func (h Host) selected(kind string, names []string) ([]check, error) {
	var all []check
	switch kind {
	case "node-poststart":
		all = nodeChecks()
	case "node-prestart":
		all = slices.DeleteFunc(nodeChecks(), func(c check) bool { return c.role != "" })
	case "cluster":
		all = clusterChecks()
	default:
		return nil, fmt.Errorf("%w type: %s", errName, kind)
	}
	var selected []check
	for _, c := range all {
		if c.role == "" || c.role == h.kind() {
			selected = append(selected, c)
		}
	}
	if len(names) == 0 {
		return selected, nil
	}
	var named []check
	for _, name := range names {
		i := slices.IndexFunc(selected, func(c check) bool { return c.name == name })
		if i < 0 {
			return nil, fmt.Errorf("%w: %s", errName, name)
		}
		named = append(named, selected[i])
	}
	return named, nil
}

func (h Host) kind() string {
	if slices.Contains(h.Roles, "master") {
		return "master"
	}
	return "agent"
}

// run runs checks side by side. The run's status is the worst of theirs.
func run(ctx context.Context, h Host, selected []check) (int, map[string]Result) {
	var mu sync.Mutex
	var running sync.WaitGroup
	status, results := OK, map[string]Result{}
	for _, c := range selected {
		running.Go(func() {
			r := c.run(ctx, h)
			mu.Lock()
			defer mu.Unlock()
			results[c.name] = r
			status = max(status, r.Status)
		})
	}
	running.Wait()
	return status, results
}

func fail(out io.Writer, message string) int {
	return write(out, map[string]string{"error": message}, Unknown)
}

func write(out io.Writer, v any, code int) int {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	if e.Encode(v) != nil {
		return Unknown
	}
	return code
}

func verdict(err error, fine string) Result {
	if err != nil {
		return Result{Critical, err.Error()}
	}
	return Result{OK, fine}
}

func (h Host) components(ctx context.Context) Result {
	units, err := h.Node.Units(ctx)
	for _, u := range units {
		if u.Health != 0 {
			err = errors.Join(err, errors.New(u.Output))
		}
	}
	return verdict(err, fmt.Sprintf("all %d units run", len(units)))
}

func (h Host) address(context.Context) Result {
	if ip := net.ParseIP(h.Node.Address); ip == nil || ip.To4() == nil {
		return Result{Critical, fmt.Sprintf("detect_ip says %q, which is no IPv4 address", h.Node.Address)}
	}
	return Result{OK, h.Node.Address}
}

// clock asks the kernel, as DC/OS does, unless the configuration switches that off.
func (h Host) clock(context.Context) Result {
	if !h.Node.Settings.CheckTime {
		return Result{OK, "not looked at: check_time is false"}
	}
	const unsynchronised = 5 // TIME_ERROR of adjtimex(2)
	state, err := syscall.Adjtimex(&syscall.Timex{})
	if err == nil && state == unsynchronised {
		err = errors.New("the kernel's clock is not synchronised")
	}
	return verdict(err, "the kernel's clock is synchronised")
}

func journal(context.Context, Host) Result {
	for _, dir := range []string{"/var/log/journal", "/run/log/journal"} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return Result{OK, dir}
		}
	}
	return Result{Critical, "there is no directory for the journal"}
}

func inPath(name string) func(context.Context, Host) Result {
	return func(context.Context, Host) Result {
		path, err := exec.LookPath(name)
		return verdict(err, path)
	}
}

func command(name string, args ...string) func(context.Context, Host) Result {
	return func(ctx context.Context, _ Host) Result {
		return verdict(exec.CommandContext(ctx, name, args...).Run(), name+" answers")
	}
}

func (h Host) recovered(ctx context.Context) Result {
	return metric(ctx, h.Node.Address, h.MasterPort, "registrar/log/recovered")
}

func (h Host) registered(ctx context.Context) Result {
	return metric(ctx, h.Node.Address, h.AgentPort, "slave/registered")
}

// metric wants one of a Mesos component's metrics to be 1.
func metric(ctx context.Context, host string, port int, name string) Result {
	var metrics map[string]float64
	err := get(ctx, host, port, "/metrics/snapshot", &metrics)
	if err == nil && metrics[name] != 1 {
		err = fmt.Errorf("%s is %v, want 1", name, metrics[name])
	}
	return verdict(err, name+" is 1")
}

// leader asks every master: exactly one of them must lead.
func (h Host) leader(ctx context.Context) Result {
	var leaders []string
	var errs []error
	for _, master := range h.Node.Settings.Masters {
		var metrics map[string]float64
		if err := get(ctx, master, h.MasterPort, "/metrics/snapshot", &metrics); err != nil {
			errs = append(errs, err)
		}
		if metrics["master/elected"] == 1 {
			leaders = append(leaders, master)
		}
	}
	if len(leaders) != 1 {
		return Result{Critical, fmt.Sprintf("leading masters: %v, want one; %v", leaders, errors.Join(errs...))}
	}
	if len(errs) > 0 {
		return Result{Warning, errors.Join(errs...).Error()}
	}
	return Result{OK, "leader is " + leaders[0]}
}

func get(ctx context.Context, host string, port int, path string, to any) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, strconv.Itoa(port))+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // read only
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: HTTP status %d", req.URL, res.StatusCode)
	}
	return json.NewDecoder(res.Body).Decode(to)
}
