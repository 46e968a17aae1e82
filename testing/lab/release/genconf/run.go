// Package genconf is the stand-in for the generator that runs inside the image of dcos_generate_config.sh: it reads
// genconf/config.yaml, refuses what the generator of DC/OS 2.1 refuses, and writes genconf/serve.
//
// It keeps to the real one's flags, exit codes, treatment of values and rules, as far as they concern a cluster on given
// machines. It does not write AWS templates, and it knows no enterprise keys: they are ignored, as in the open release.
//
//	code := genconf.Run(genconf.Call{Args: []string{"--genconf"}, Dir: "/", Artifacts: "/artifacts",
//		Stdout: os.Stdout, Stderr: os.Stderr, Unique: uuid})
package genconf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dcosup/testing/lab/release/catalog"
)

// Exit codes of the generator.
const (
	codeOK      = 0
	codeRefused = 1 // refused settings, missing files, a crash
	codeUsage   = 2 // a flag that it does not have
)

const (
	red   = "\x1b[31m"
	bold  = "\x1b[1m"
	reset = "\x1b[0m"
)

const usage = `usage: dcos_generate_config.sh [--genconf | --version | --hash-password [PASSWORD]
                                | --generate-node-upgrade-script INSTALLED_VERSION
                                | --aws-cloudformation] [-v]

Stand-in release for tests: keeps to the interface of DC/OS's generator and is not DC/OS.
`

// Call is one call of the generator.
type Call struct {
	Args []string
	// Dir is the directory that holds genconf/.
	Dir string
	// Artifacts is the directory of the release's files, with release.json.
	Artifacts      string
	Stdout, Stderr io.Writer
	// Unique gives the name of an upgrade script's directory: 32 hexadecimal digits, new each time.
	Unique func() string
}

// Run executes the call and returns its exit code: 0 done, 1 refused or crashed, 2 wrong usage.
func Run(c Call) int {
	action, value := "--genconf", ""
	for i := 0; i < len(c.Args); i++ {
		arg := c.Args[i]
		switch arg {
		case "-v":
		case "-p":
			i++ // takes a port, which nothing listens on any more
		case "-h", "--help":
			_, _ = io.WriteString(c.Stdout, usage)
			return codeOK
		case "--genconf", "--version", "--web", "--aws-cloudformation":
			action = arg
		case "--hash-password", "--generate-node-upgrade-script":
			action = arg
			if i+1 < len(c.Args) && !strings.HasPrefix(c.Args[i+1], "-") {
				i++
				value = c.Args[i]
			}
		default:
			_, _ = fmt.Fprintf(c.Stderr, "%sdcos_generate_config.sh: error: unrecognized arguments: %s\n", usage, arg)
			return codeUsage
		}
	}
	if err := c.do(action, value); err != nil {
		c.complain(err)
		return codeRefused
	}
	return codeOK
}

func (c Call) do(action, value string) error {
	release, err := c.release()
	if err != nil {
		return err
	}
	if action == "--version" {
		_, err := fmt.Fprintf(c.Stdout, "{\"variant\": \"\", \"version\": %q}\n", release.Version)
		return err
	}
	c.title("Stand-in release for tests, not DC/OS, in place of version " + release.Version)
	switch action {
	case "--genconf":
		_, err := c.generate(release)
		return err
	case "--generate-node-upgrade-script":
		return c.upgrade(release, value)
	case "--web":
		return errors.New("the web installer was removed: use --genconf")
	}
	return fmt.Errorf("%s is not part of the stand-in release", action)
}

func (c Call) generate(release catalog.Manifest) (Serve, error) {
	c.title("EXECUTING CONFIGURATION GENERATION")
	path := filepath.Join(c.Dir, "genconf", "config.yaml")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Serve{}, errors.New("config.yaml: genconf/config.yaml is missing, write it first")
	}
	if err != nil {
		return Serve{}, fmt.Errorf("config.yaml: %w", err)
	}
	values, err := ParseValues(text)
	if err != nil {
		return Serve{}, err
	}
	config, err := Validate(values, c.Dir)
	if err != nil {
		return Serve{}, err
	}
	s := Serve{Dir: filepath.Join(c.Dir, "genconf", "serve"), Artifacts: c.Artifacts, Release: release, Config: config}
	list, err := s.Write()
	if err != nil {
		return Serve{}, err
	}
	c.title("Generated the files to serve, list of packages " + list)
	return s, nil
}

func (c Call) upgrade(release catalog.Manifest, from string) error {
	if from == "" {
		return errors.New("--generate-node-upgrade-script needs the version that is installed")
	}
	s, err := c.generate(release)
	if err != nil {
		return err
	}
	path, err := s.WriteUpgrade(from, c.Unique())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Stdout, "Node upgrade script URL: %s/%s\n", s.Config.Get("bootstrap_url"), path)
	return err
}

func (c Call) release() (catalog.Manifest, error) {
	var m catalog.Manifest
	text, err := os.ReadFile(filepath.Join(c.Artifacts, "release.json"))
	if err != nil {
		return m, fmt.Errorf("read the release: %w", err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read the release: %w", err)
	}
	return m, nil
}

func (c Call) title(text string) {
	_, _ = fmt.Fprintf(c.Stderr, "%s====> %s%s\n", bold, text, reset)
}

// complain prints an error as the generator does: refused settings one a line, in red; a crash as it is.
func (c Call) complain(err error) {
	var refused Errors
	if !errors.As(err, &refused) {
		_, _ = fmt.Fprintf(c.Stderr, "%s%v%s\n", red, err, reset)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(refused)) {
		_, _ = fmt.Fprintf(c.Stderr, "%s%s: %s%s\n", red, key, refused[key], reset)
	}
}
