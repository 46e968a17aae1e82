package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
)

// Labels of everything that a lab makes in the engine.
const (
	labelLab  = "dcosup.lab"
	labelSpec = "dcosup.lab.spec"
)

// CommandError is a command that was run and failed.
type CommandError struct {
	Command string // as typed, shortened
	Code    int    // exit code, -1 when it did not run or was killed
	Stderr  string // whole
	Err     error  // as os/exec said
}

// Error shows the last line that the command wrote, which mostly has the reason.
func (e *CommandError) Error() string {
	reason := e.Err.Error()
	if text := strings.TrimSpace(e.Stderr); text != "" {
		reason = text[strings.LastIndexByte(text, '\n')+1:]
	}
	return fmt.Sprintf("%s: %s", e.Command, reason)
}

// Unwrap returns what os/exec said.
func (e *CommandError) Unwrap() error { return e.Err }

// ErrEngine is returned when the Docker engine does not answer, or cannot run
// a lab.
var ErrEngine = errors.New("docker engine cannot be used")

// engine is the local Docker engine, through the docker command.
type engine struct{}

// run returns what a docker command writes to standard output.
func (engine) run(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	return runCommand(exec.CommandContext(ctx, "docker", args...), stdin)
}

// runCommand runs cmd to its end and returns its standard output.
func runCommand(cmd *exec.Cmd, stdin io.Reader) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.String(), nil
	}
	failure := &CommandError{Command: strings.Join(cmd.Args[:min(len(cmd.Args), 4)], " "), Code: -1, Stderr: stderr.String(), Err: err}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		failure.Code = exit.ExitCode()
	}
	return stdout.String(), failure
}

// lines is run for commands that list one thing a line.
func (e engine) lines(ctx context.Context, args ...string) ([]string, error) {
	out, err := e.run(ctx, nil, args...)
	return strings.Fields(out), err
}

// engineInfo is the part of `docker info` that decides how nodes are run.
type engineInfo struct {
	OSType          string
	OperatingSystem string
	ServerVersion   string
	CgroupVersion   string // "1" or "2"; empty before 20.10
	Driver          string // storage driver
	SecurityOptions []string
	ServerErrors    []string
}

func (e engine) info(ctx context.Context) (engineInfo, error) {
	out, err := e.run(ctx, nil, "info", "--format", "{{json .}}")
	if err != nil {
		return engineInfo{}, fmt.Errorf("%w: %w: testing/lab/prepare.sh docker installs and starts it", ErrEngine, err)
	}
	var info engineInfo
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		return engineInfo{}, fmt.Errorf("reading docker info: %w", err)
	}
	if len(info.ServerErrors) > 0 {
		return info, fmt.Errorf("%w: %s: testing/lab/prepare.sh docker installs and starts it", ErrEngine, info.ServerErrors[0])
	}
	return info, nil
}

// oldestEngine is the first that can give a container its own view of the
// control groups, without which systemd does not boot in it.
var oldestEngine = version.Must(version.NewVersion("20.10"))

// capabilities that systemd, sshd and an engine inside need beyond Docker's
// default ones. Named one by one because --privileged fails where the machine
// itself lacks one. Neither SYS_TIME nor SYS_MODULE: a node must not set the
// machine's clock or load modules into its kernel.
var capabilities = []string{
	"SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "DAC_READ_SEARCH", "SYS_CHROOT",
	"MKNOD", "AUDIT_WRITE", "SYSLOG", "SYS_BOOT", "SYS_NICE", "IPC_LOCK",
}

// usrVolume takes a node's programs out of the engine's storage driver. A container
// takes some seconds longer to make.
const usrVolume = "--volume=/usr"

// runFlags returns the flags of `docker create` with which this engine runs
// a node, or an error that is [ErrEngine] and says why it cannot.
func runFlags(info engineInfo) ([]string, error) {
	if err := usable(info); err != nil {
		return nil, err
	}
	// The anonymous volume is an ordinary file system whatever the engine's
	// storage driver is: the engine inside can use overlay2 on it.
	flags := []string{
		"--cgroupns=private", "--tmpfs=/run:exec", "--tmpfs=/tmp:exec",
		"--volume=/var/lib/docker", "--restart=unless-stopped",
	}
	if strings.HasPrefix(info.Driver, "fuse") {
		// Every file that a program opens would be asked of a process: on a volume, which
		// is filled from the image, an installation takes a quarter less processor time.
		flags = append(flags, usrVolume)
	}
	for _, c := range capabilities {
		flags = append(flags, "--cap-add="+c)
	}
	for option, flag := range map[string]string{
		"seccomp":  "--security-opt=seccomp=unconfined",
		"apparmor": "--security-opt=apparmor=unconfined",
		"selinux":  "--security-opt=label=disable",
		"userns":   "--userns=host",
	} {
		if info.has(option) {
			flags = append(flags, flag)
		}
	}
	slices.Sort(flags)
	return flags, nil
}

func usable(info engineInfo) error {
	if info.OSType != "linux" || strings.Contains(info.OperatingSystem, "Docker Desktop") {
		return fmt.Errorf("%w: %q on %s: the nodes' addresses would not be reachable: use an engine on Linux itself",
			ErrEngine, info.OperatingSystem, info.OSType)
	}
	if info.has("rootless") {
		return fmt.Errorf("%w: it is rootless, and nodes need capabilities that it does not have: use an engine that runs as root", ErrEngine)
	}
	have, err := version.NewVersion(info.ServerVersion)
	if err != nil {
		return fmt.Errorf("%w: its version %q cannot be read: %w", ErrEngine, info.ServerVersion, err)
	}
	if have.Core().LessThan(oldestEngine) {
		return fmt.Errorf("%w: version %s is too old: %s or later is needed", ErrEngine, info.ServerVersion, oldestEngine)
	}
	return nil
}

// has tells whether a security option ("name=seccomp,profile=default") is on.
func (i engineInfo) has(option string) bool {
	return slices.ContainsFunc(i.SecurityOptions, func(s string) bool {
		name, _, _ := strings.Cut(s, ",")
		return name == "name="+option
	})
}
