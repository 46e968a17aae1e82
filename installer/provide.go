package installer

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// What happens on the bootstrap node: bring the release, run the generator,
// serve what it made.

//go:embed scripts/fetch.sh
var fetchScript string

//go:embed scripts/genconf.sh
var genconfScript string

//go:embed scripts/made.sh
var madeScript string

//go:embed scripts/publish.sh
var publishScript string

//go:embed scripts/serve.sh
var serveScript string

//go:embed scripts/serving.sh
var servingScript string

//go:embed scripts/stop-serving.sh
var stopServingScript string

//go:embed scripts/forget.sh
var forgetScript string

// release brings dcos_generate_config.sh to the bootstrap node: from this
// machine, or by a download that the bootstrap node itself makes.
func (p place) release(ctx context.Context) (Outcome, error) {
	if isURL(p.wanted.Release.Download) {
		return p.fetch(ctx)
	}
	file := path.Join(p.wanted.Dir, "dcos_generate_config.sh")
	stamp := path.Join(p.wanted.Dir, "release.stamp")
	if p.found.Bootstrap.Release != "" { // it must not stand beside another release, not even for a moment
		if _, err := p.run(ctx, "take away the old release's stamp", `rm -f "$1"`, stamp); err != nil {
			return "", err
		}
	}
	_, err := p.conn.Upload(ctx, remote.Upload{Path: p.wanted.Release.Download, SHA256: p.wanted.Release.Checksum,
		Dest: file, Mode: 0o755, Owner: "root:root", Progress: p.transfer()})
	if err != nil {
		return "", err
	}
	_, err = p.conn.WriteFile(ctx, remote.File{Path: stamp, Mode: 0o600, Owner: "root:root",
		Content: []byte(p.wanted.Release.Checksum + " " + p.wanted.Release.Download + "\n")})
	return Changed, err
}

func (p place) fetch(ctx context.Context) (Outcome, error) {
	r := p.wanted.Release
	got, moved := "", p.transfer()
	err := p.job(ctx, remote.Job{Name: "release", Key: r.Download + " " + r.Checksum,
		Script: "url=" + remote.Quote(r.Download) + "\n" + fetchScript, Args: []string{p.wanted.Dir, r.Checksum}, Timeout: p.InstallTimeout}, remote.JobAbsent, func(line string) {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "dcosup-progress":
			if bytes, err := strconv.ParseInt(rest, 10, 64); err == nil {
				moved(bytes, 0)
			}
		case "dcosup-checksum":
			got = rest
		default:
			p.says(line)
		}
	})
	if err != nil && got != "" {
		return "", hinted{explained{fmt.Sprintf("%s has the wrong checksum: sha256 %s, want %s", r.Download, got, r.Checksum), err},
			"correct dcos.download or dcos.download_checksum; what was fetched has been removed"}
	}
	return Changed, err
}

// genconfJob names the long job that runs the generator.
const genconfJob = "genconf"

// genconf brings what the generator reads, runs it as a long job, sees to it
// that nodes added to a running cluster get what the others have, and only then
// puts the new install files in the place of the old ones.
func (p place) genconf(ctx context.Context) (Outcome, error) {
	archive, err := genconfArchive(p.wanted.Files)
	if err != nil {
		return "", err
	}
	// It is named after its content: a generator that an earlier run started keeps what it was started with.
	name := path.Join(p.wanted.Dir, "genconf-"+p.wanted.Key+".tar")
	if _, err := p.conn.WriteFile(ctx, remote.File{Path: name, Content: archive, Mode: 0o600, Owner: "root:root"}); err != nil {
		return "", err
	}
	err = p.job(ctx, remote.Job{Name: genconfJob, Key: p.wanted.Key + " " + p.wanted.Release.Download, Script: genconfScript,
		Args: []string{p.wanted.Dir, name}, Timeout: p.GenconfTimeout}, remote.JobAbsent, func(line string) { p.says(genconf.StripANSI(line)) })
	if err != nil {
		return "", p.generatorError(err)
	}
	if err := p.sameForAll(ctx); err != nil {
		return "", err
	}
	return p.run(ctx, "publish the install files", publishScript, p.wanted.Dir, p.wanted.Key)
}

// genconfArchive is genconf/ as a tar archive, the same for the same files.
func genconfArchive(files genconf.Files) ([]byte, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, f := range files.List() {
		header := tar.Header{Name: f.Name, Mode: int64(f.Mode), Size: int64(len(f.Content)), Uname: "root", Gname: "root", Format: tar.FormatUSTAR}
		if err := w.WriteHeader(&header); err != nil {
			return nil, fmt.Errorf("genconf/%s: %w", f.Name, err)
		}
		if _, err := w.Write(f.Content); err != nil {
			return nil, fmt.Errorf("genconf/%s: %w", f.Name, err)
		}
	}
	err := w.Close()
	return archive.Bytes(), err
}

// generatorError puts the generator's own complaints in front of a person,
// each with its place in the inventory.
func (p place) generatorError(err error) error {
	var failed *remote.CommandError
	if !errors.As(err, &failed) {
		return err
	}
	complaints := genconf.GeneratorErrors([]byte(failed.Stderr))
	if len(complaints) == 0 {
		return err
	}
	lines := []string{"dcos_generate_config.sh refused the configuration:"}
	for _, c := range complaints {
		where := ""
		if pos := p.Cluster.Config.KeyPos(c.Key); pos.IsValid() {
			where = pos.String() + ": "
		}
		lines = append(lines, "  "+where+c.String())
	}
	return hinted{explained{strings.Join(lines, "\n"), err}, "correct dcos.config in the inventory, then run the same command again"}
}

// sameForAll refuses install files that differ from what the cluster's nodes
// were installed from.
func (p place) sameForAll(ctx context.Context) error {
	made := ""
	for _, n := range p.Cluster.Nodes {
		has := p.sight(n).Facts.DCOS
		if has.State != roles.DCOSInstalled || has.PackageList == "" {
			continue
		}
		if made == "" {
			answer, err := p.conn.Run(ctx, remote.Command{Name: "look at what was made", Script: madeScript, Args: []string{p.wanted.Dir}, Again: true})
			if err != nil {
				return err
			}
			made = strings.TrimSpace(string(answer.Stdout))
		}
		if has.PackageList != made {
			return hinted{fmt.Errorf("the configuration or the release differs from that of the installed cluster: "+
				"%s was installed from package list %s, new nodes would get %s", n.Name, has.PackageList, made),
				"take back the change in dcos.config or dcos.download; or remove the cluster first: dcosup reset"}
		}
	}
	return nil
}

// copySelf brings dcosup to the bootstrap node. What is there is not sent again.
func (p place) copySelf(ctx context.Context) (Outcome, error) {
	if p.NodeBinary == "" {
		return "", errors.New("there is no dcosup for the bootstrap node to serve files with")
	}
	_, err := p.conn.Upload(ctx, remote.Upload{Path: p.NodeBinary, Dest: nodeBinary, Mode: 0o755, Owner: "root:root", Progress: p.transfer()})
	return Changed, err
}

// serve starts the file server on the bootstrap node and waits until it answers.
func (p place) serve(ctx context.Context) (Outcome, error) {
	if _, err := p.run(ctx, "start the file server", serveScript, append([]string{"/run/dcosup/serving"}, p.serveCommand()...)...); err != nil {
		return "", err
	}
	p.waits("the file server to answer at " + p.wanted.URL.String())
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: p.conn.DialContext, DisableKeepAlives: true}}
	for try := 0; ; try++ {
		err := answers(ctx, client, p.wanted.URL.String()+"/dcos_install.sh")
		if err == nil {
			return Changed, nil
		}
		if _, dead := p.conn.Run(ctx, remote.Command{Name: "look at the file server", Script: servingScript, Again: true}); dead != nil {
			return "", hinted{fmt.Errorf("the file server does not run: %w", dead),
				"if another program listens on port " + p.wanted.port() + ", stop it or set another port in dcos.config.bootstrap_url"}
		}
		if stopped := pause(ctx, try); stopped != nil {
			return "", fmt.Errorf("waiting for %s: %w (last: %w)", p.wanted.URL, stopped, err)
		}
	}
}

// stopServing ends the file server, unless a node that this run did not come to
// is still installing from it: then a later run stops it, or its own deadline.
func (p place) stopServing(ctx context.Context) (Outcome, error) {
	for _, n := range p.Cluster.Nodes {
		if p.sight(n).Install.Phase == remote.JobRunning && p.outcome(stepID(ActInstall, n.Name)) == Cancelled {
			p.waits("left as it is: " + n.Name + " still installs from it")
			return Unchanged, nil
		}
	}
	return p.run(ctx, "stop the file server", stopServingScript, p.wanted.Dir)
}

func answers(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

// serveCommand is `dcosup serve …` for the bootstrap node: only the cluster's
// addresses may fetch, and it ends by itself if no run is left to stop it.
func (p place) serveCommand() []string {
	command := []string{nodeBinary, "serve", "--dir", path.Join(p.wanted.Dir, "current/serve"), "--dir", path.Join(p.wanted.Dir, "previous/serve"),
		"--listen", ":" + p.wanted.port(), "--prefix", p.wanted.URL.Path}
	if !p.KeepServing {
		command = append(command, "--for", (p.InstallTimeout + p.HealthTimeout + p.InstallTimeout).String())
	}
	var allowed []string
	for _, address := range p.wanted.Addresses {
		if address != "" {
			allowed = append(allowed, address)
		}
	}
	slices.Sort(allowed)
	return append(command, "--allow", strings.Join(allowed, ","))
}

func isURL(download string) bool {
	return strings.Contains(download, "://")
}

// resolveRelease learns the checksum of a release that lies on this machine,
// and holds it against the one that the inventory gives.
func resolveRelease(c *inventory.Cluster) (inventory.Release, error) {
	r := c.Release
	if isURL(r.Download) {
		return r, nil
	}
	sum, err := sha256File(r.Download)
	if err != nil {
		return r, c.ErrorAt(settingPos(c, "download"), "dcos.download: "+err.Error(),
			"give a URL, or the path of dcos_generate_config.sh on this machine")
	}
	if r.Checksum != "" && r.Checksum != sum {
		return r, c.ErrorAt(settingPos(c, "download_checksum"),
			fmt.Sprintf("dcos.download_checksum: %s has sha256 %s", r.Download, sum),
			"if the file is the one you mean, write its checksum; else fetch it again")
	}
	r.Checksum = sum
	return r, nil
}

// settingPos is where a key of the variable dcos stands.
func settingPos(c *inventory.Cluster, key string) inventory.Pos {
	settings, ok := c.Bootstrap().Vars["dcos"].Data.(*inventory.Map)
	if !ok {
		return inventory.Pos{}
	}
	return settings.KeyPos(key)
}

func sha256File(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
