// Package program is what the program standin does, by the name that it is called by.
//
//	code := program.Main([]string{"pkgpanda", "list"}, os.Stdout, os.Stderr)
package program

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"dcosup/testing/lab/release/catalog"
	"dcosup/testing/lab/release/checks"
	"dcosup/testing/lab/release/genconf"
	"dcosup/testing/lab/release/node"
	"dcosup/testing/lab/release/pkgpanda"
)

// Main runs the command that args[0], or args[1] after standin, names, until it is done or the process is told to end.
// It returns the exit code: what the command itself defines, 2 for an unknown command.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	name, rest := filepath.Base(args[0]), args[1:]
	if name == "standin" && len(rest) > 0 {
		name, rest = rest[0], rest[1:]
	}
	switch name {
	case "genconf":
		return genconf.Run(genconf.Call{Args: rest, Dir: "/", Artifacts: "/artifacts", Stdout: stdout, Stderr: stderr, Unique: unique})
	case "pkgpanda":
		log := func(format string, args ...any) { _, _ = fmt.Fprintf(stderr, format+"\n", args...) }
		return code(stderr, name, pkgpanda.Command(ctx, pkgpanda.Host{Log: log}, rest, stdout))
	case "dcos-check-runner":
		return runChecks(ctx, rest, stdout)
	case "mesos-master", "mesos-agent":
		return code(stderr, name, version(name, rest, stdout))
	case "serve":
		return code(stderr, name, serve(ctx, rest, stderr))
	}
	_, _ = fmt.Fprintf(stderr, "%s: no such command; stand-in release for tests, not DC/OS\n", name)
	return 2
}

func code(stderr io.Writer, name string, err error) int {
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}

// unique is 32 random hexadecimal digits.
func unique() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func version(name string, args []string, stdout io.Writer) error {
	if len(args) != 1 || args[0] != "--version" {
		return errors.New("only --version can be asked here: the service runs by its unit")
	}
	settings, err := readSettings()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s of a stand-in for DC/OS %s\n", name, settings.Version)
	return err
}

func readSettings() (catalog.Settings, error) {
	var s catalog.Settings
	text, err := os.ReadFile(catalog.Root + "/etc/standin.json")
	if err != nil {
		return s, fmt.Errorf("read the node's settings: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read the node's settings: %w", err)
	}
	return s, nil
}

func serve(ctx context.Context, args []string, stderr io.Writer) error {
	if len(args) != 1 {
		return errors.New("want the name of one service")
	}
	n, err := thisNode(ctx)
	if err != nil {
		return err
	}
	n.Log = func(format string, args ...any) { _, _ = fmt.Fprintf(stderr, format+"\n", args...) }
	return n.Run(ctx, args[0])
}

func runChecks(ctx context.Context, args []string, stdout io.Writer) int {
	n, err := thisNode(ctx)
	if err != nil {
		_ = json.NewEncoder(stdout).Encode(map[string]string{"error": err.Error()})
		return checks.Unknown
	}
	roles, err := filepath.Glob("/etc/mesosphere/roles/*")
	if err != nil {
		return checks.Unknown
	}
	for i := range roles {
		roles[i] = filepath.Base(roles[i])
	}
	return checks.Command(ctx, checks.Host{Node: n, Roles: roles}, args, stdout)
}

// thisNode reads what the configuration package says and runs the detection scripts, as every service of DC/OS does
// when it starts.
func thisNode(ctx context.Context) (node.Node, error) {
	settings, err := readSettings()
	if err != nil {
		return node.Node{}, err
	}
	address, err := detect(ctx, "detect_ip")
	if err != nil {
		return node.Node{}, err
	}
	public, err := detect(ctx, "detect_ip_public")
	if err != nil {
		public = address // the public address is told, never relied on
	}
	return node.Node{Settings: settings, Address: address, PublicAddress: public}, nil
}

func detect(ctx context.Context, script string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, catalog.Root+"/bin/"+script).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", script, err)
	}
	return strings.TrimSpace(string(out)), nil
}
