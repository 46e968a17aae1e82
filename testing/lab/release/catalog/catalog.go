// Package catalog says what the stand-in release consists of: its packages, the units in them, and the bootstrap
// archive that brings the package manager to a node.
//
// Packages look as DC/OS's own do: directories bin, etc, lib and dcos.target.wants, with _master, _slave and
// _slave_public variants for what only one role gets. There is one program in them, the stand-in itself, under many
// names; each service is still its own process in its own unit. The catalog writes no files.
//
//	for _, p := range catalog.Packages(catalog.Source{Runtime: binary, Payload: 50_000_000}) {
//		fmt.Println(p.ID())
//	}
package catalog

import (
	_ "embed"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"dcosup/testing/lab/release/archive"
)

// Root is where DC/OS lives on a node.
const Root = "/opt/mesosphere"

// RuntimePackage is the name of the package that holds the program.
const RuntimePackage = "standin-runtime"

const program = Root + "/bin/standin"

//go:embed dcos-shell.sh
var dcosShell []byte

//go:embed add_dcos_path.sh
var addPath []byte

// Source is what packages are made from.
type Source struct {
	// Runtime is the stand-in program for the nodes: static, linux/amd64.
	Runtime []byte
	// Payload is how many bytes of incompressible data are spread over the packages. 0: none.
	Payload int64
}

// Package is one archive of the release.
type Package struct {
	Name  string
	Files []archive.File
}

// ID is the package's id, name--sha1, from its content.
func (p Package) ID() string { return p.Name + "--" + archive.ID(p.Files) }

// service is one unit of one package.
type service struct {
	unit string // without .service
	run  string // the stand-in's name of the service
	what string // for the unit's description
	dir  string // dcos.target.wants, or its variant for one role
}

// content is what a package has beside its share of the payload.
type content struct {
	name     string
	share    int64 // of the payload, in percent; the shares add up to 100
	services []service
	commands []string // names by which the program is called
}

func contents() []content {
	const all, master = "dcos.target.wants", "dcos.target.wants_master"
	const slave, public = "dcos.target.wants_slave", "dcos.target.wants_slave_public"
	return []content{
		{name: "adminrouter", share: 5, services: []service{
			{"dcos-adminrouter", "adminrouter", "Admin Router Master", master},
			{"dcos-adminrouter-agent", "adminrouter-agent", "Admin Router Agent", slave},
			{"dcos-adminrouter-agent", "adminrouter-agent", "Admin Router Agent", public},
		}},
		{name: "cosmos", share: 8, services: []service{{"dcos-cosmos", "cosmos", "Package Manager (Cosmos)", master}}},
		{name: "dcos-checks", share: 1, commands: []string{"dcos-check-runner"}},
		{name: "dcos-diagnostics", share: 2, services: []service{
			{"dcos-diagnostics", "diagnostics", "Diagnostics", all},
		}},
		{name: "exhibitor", share: 5, services: []service{{"dcos-exhibitor", "exhibitor", "Exhibitor", master}}},
		{name: "java", share: 22},
		{name: "marathon", share: 14, services: []service{{"dcos-marathon", "marathon", "Marathon", master}}},
		{name: "mesos", share: 18, commands: []string{"mesos-master", "mesos-agent"}, services: []service{
			{"dcos-mesos-master", "mesos-master", "Mesos Master", master},
			{"dcos-mesos-slave", "mesos-agent", "Mesos Agent", slave},
			{"dcos-mesos-slave-public", "mesos-agent-public", "Mesos Agent Public", public},
		}},
		{name: "mesos-dns", share: 2, services: []service{{"dcos-mesos-dns", "mesos-dns", "Mesos DNS", master}}},
		{name: "metronome", share: 10, services: []service{{"dcos-metronome", "metronome", "Jobs Service (Metronome)", master}}},
		{name: "python", share: 13},
	}
}

// Packages lists every package that does not depend on a cluster's configuration, sorted by name.
func Packages(src Source) []Package {
	var packages []Package
	for _, c := range contents() {
		packages = append(packages, c.build(src.Payload*c.share/100))
	}
	return append(packages, runtimePackage(src.Runtime))
}

func runtimePackage(binary []byte) Package {
	return Package{Name: RuntimePackage, Files: []archive.File{
		info(RuntimePackage),
		{Name: "bin/standin", Mode: 0o755, Body: binary},
		{Name: "bin/pkgpanda", Link: program},
		{Name: "bin/dcos-shell", Mode: 0o755, Body: dcosShell},
		{Name: "bin/add_dcos_path.sh", Mode: 0o755, Body: addPath},
	}}
}

func (c content) build(payload int64) Package {
	p := Package{Name: c.name, Files: []archive.File{info(c.name)}}
	for _, name := range c.commands {
		p.Files = append(p.Files, archive.File{Name: "bin/" + name, Link: program})
	}
	for _, s := range c.services {
		p.Files = append(p.Files, archive.File{Name: s.dir + "/" + s.unit + ".service", Body: []byte(s.unitFile())})
	}
	if payload > 0 {
		p.Files = append(p.Files, archive.File{
			Name:   "share/" + c.name + "/payload.bin",
			Size:   payload,
			Digest: fmt.Sprintf("chacha8 %s %d", c.name, payload),
			Open:   func() io.Reader { return noise(c.name) },
		})
	}
	return p
}

// info is the file by which a person who looks into a package learns what it is.
func info(name string) archive.File {
	return archive.File{Name: "pkginfo.json", Body: fmt.Appendf(nil,
		"{\n  \"name\": %q,\n  \"environment\": {},\n  \"note\": \"stand-in package, made for tests: not DC/OS\"\n}\n", name)}
}

// noise is an endless stream that does not compress and is the same for the same name.
func noise(name string) io.Reader {
	var seed [32]byte
	copy(seed[:], "stand-in "+name)
	return rand.NewChaCha8(seed)
}

func (s service) unitFile() string {
	return strings.Join([]string{
		"[Unit]",
		"Description=" + s.what + " (stand-in for tests, not DC/OS)",
		"",
		"[Service]",
		"Restart=always",
		"RestartSec=2",
		"EnvironmentFile=" + Root + "/environment",
		// Seven to nine of these run on a master, and a lab has seven nodes on one machine.
		"Environment=GOGC=50 GOMEMLIMIT=16MiB GOMAXPROCS=1",
		"ExecStart=" + program + " serve " + s.run,
		"",
	}, "\n")
}

// Bootstrap lists the files of the bootstrap archive, relative to [Root]: the runtime package in its place, the links
// that make it callable, and the marker by which pkgpanda knows that a node is yet to be set up.
func Bootstrap(src Source) []archive.File {
	p := runtimePackage(src.Runtime)
	home := "packages/" + p.ID() + "/"
	files := []archive.File{{Name: "bootstrap"}}
	for _, f := range Environment() {
		files = append(files, archive.File{Name: f.Name, Body: f.Body})
	}
	for _, f := range p.Files {
		inside := f
		inside.Name = home + f.Name
		files = append(files, inside)
		if strings.HasPrefix(f.Name, "bin/") {
			files = append(files, archive.File{Name: f.Name, Link: Root + "/" + home + f.Name})
		}
	}
	return files
}

// Environment lists the two files, relative to [Root], that set what DC/OS programs expect: one for systemd, one to
// be sourced.
func Environment() []archive.File {
	lines := []string{
		"LD_LIBRARY_PATH=" + Root + "/lib",
		"PATH=" + Root + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}
	return []archive.File{
		{Name: "environment", Body: []byte(strings.Join(lines, "\n") + "\n")},
		{Name: "environment.export", Body: []byte("export " + strings.Join(lines, "\nexport ") + "\n")},
	}
}
