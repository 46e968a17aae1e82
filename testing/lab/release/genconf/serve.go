package genconf

import (
	"bytes"
	"crypto/sha1"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dcosup/testing/lab/release/archive"
	"dcosup/testing/lab/release/catalog"
)

//go:embed dcos_install.sh
var installScript string

//go:embed dcos_node_upgrade.sh
var upgradeScript string

// Serve writes what nodes are served. Ids come from content: the same release and configuration give the same tree,
// and files that are there already are not written again. Old ids are never removed.
type Serve struct {
	// Dir is the serve directory.
	Dir string
	// Artifacts is where the release's own files are: packages/ and bootstrap/.
	Artifacts string
	Release   catalog.Manifest
	Config    Config
}

// Write writes the tree and returns the id of the list of packages.
func (s Serve) Write() (list string, err error) {
	ids, err := s.configPackages()
	if err != nil {
		return "", err
	}
	ids = append(ids, s.Release.Packages...)
	slices.Sort(ids)
	for _, id := range s.Release.Packages {
		if err := s.copy(packagePath(id)); err != nil {
			return "", err
		}
	}
	id := s.Release.BootstrapID
	if err := s.copy("bootstrap/" + id + ".bootstrap.tar.xz"); err != nil {
		return "", err
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return "", err
	}
	list = fmt.Sprintf("%x", sha1.Sum(text))
	return list, errors.Join(
		s.put("package_lists/"+list+".package_list.json", text, 0o644),
		s.put("cluster-package-list.latest", []byte(list), 0o644),
		s.putJSON("cluster-package-info.json", packageInfo(ids)),
		s.putJSON("../cluster_packages.json", packageInfo(ids)),
		s.put("bootstrap.latest", []byte(id), 0o644),
		s.putJSON("bootstrap/"+id+".active.json", s.Release.Active),
		s.put("dcos_install.sh", []byte(s.installScript(list)), 0o644),
	)
}

// WriteUpgrade writes an upgrade script for nodes on version from, below a directory named by id, and returns its path
// below the serve directory. The tree must have been written.
func (s Serve) WriteUpgrade(from, id string) (string, error) {
	list, err := os.ReadFile(filepath.Join(s.Dir, "cluster-package-list.latest"))
	if err != nil {
		return "", fmt.Errorf("write the upgrade script: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(s.Dir, "package_lists", string(list)+".package_list.json"))
	if err != nil {
		return "", fmt.Errorf("write the upgrade script: %w", err)
	}
	var ids []string
	if err := json.Unmarshal(text, &ids); err != nil {
		return "", fmt.Errorf("write the upgrade script: package list %s: %w", list, err)
	}
	path := "upgrade/" + id + "/dcos_node_upgrade.sh"
	return path, s.put(path, []byte(fill(upgradeScript, map[string]string{
		"BOOTSTRAP_URL":     s.Config.Get("bootstrap_url"),
		"INSTALLED_VERSION": from,
		"VERSION":           s.Release.Version,
		"PACKAGES":          strings.Join(ids, " "),
	})), 0o644)
}

func (s Serve) installScript(list string) string {
	credentials := ""
	if s.Config.Get("cluster_docker_credentials_enabled") == "true" {
		credentials = s.Config.Get("cluster_docker_credentials")
	}
	return fill(installScript, map[string]string{
		"BOOTSTRAP_URL":        s.Config.Get("bootstrap_url"),
		"BOOTSTRAP_ID":         s.Release.BootstrapID,
		"BOOTSTRAP_TMP_DIR":    "/" + strings.TrimPrefix(s.Config.Get("bootstrap_tmp_dir"), "/"),
		"CLUSTER_PACKAGE_LIST": list,
		"AGENT_WORK_DIR":       s.Config.Get("mesos_agent_work_dir"),
		"REXRAY_CONFIG":        s.Config.Get("rexray_config"),
		"DOCKER_CREDENTIALS":   credentials,
	})
}

// fill replaces each @NAME@ by its value, quoted for the shell.
func fill(script string, values map[string]string) string {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, "@"+name+"@", "'"+strings.ReplaceAll(value, "'", `'\''`)+"'")
	}
	return strings.NewReplacer(pairs...).Replace(script)
}

// configPackages writes the two packages that hold the configuration and returns their ids.
func (s Serve) configPackages() ([]string, error) {
	config, err := s.configFiles()
	if err != nil {
		return nil, err
	}
	metadata, err := s.metadataFiles()
	if err != nil {
		return nil, err
	}
	var ids []string
	for name, files := range map[string][]archive.File{"dcos-config": config, "dcos-metadata": metadata} {
		id := name + "--setup_" + archive.ID(files)
		var packed bytes.Buffer
		x := archive.NewXZ(&packed)
		err := errors.Join(archive.Tar(x, files), x.Close(), s.put(packagePath(id), packed.Bytes(), 0o644))
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", id, err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s Serve) configFiles() ([]archive.File, error) {
	masters := []string{}
	if text := s.Config.Get("master_list"); text != "" {
		if err := json.Unmarshal([]byte(text), &masters); err != nil {
			return nil, fmt.Errorf("master_list: %w", err)
		}
	}
	settings, err := json.MarshalIndent(catalog.Settings{
		ClusterName:       s.Config.Get("cluster_name"),
		Version:           s.Release.Version,
		Masters:           masters,
		CheckTime:         s.Config.Get("check_time") == "true",
		Auth:              s.Config.Get("oauth_enabled") == "true",
		ServiceAccount:    s.Config.Get("superuser_service_account_uid"),
		ServiceAccountKey: s.Config.Get("superuser_service_account_public_key"),
		AgentWorkDir:      s.Config.Get("mesos_agent_work_dir"),
		MasterWorkDir:     s.Config.Get("mesos_master_work_dir"),
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	expanded, err := json.MarshalIndent(s.masked(s.known()), "", "  ")
	if err != nil {
		return nil, err
	}
	return []archive.File{
		{Name: "bin/detect_ip", Mode: 0o755, Body: []byte(s.Config.IPDetect)},
		{Name: "bin/detect_ip_public", Mode: 0o755, Body: []byte(s.Config.IPDetectPublic)},
		{Name: "etc/standin.json", Body: settings},
		{Name: "etc/expanded.config.json", Body: expanded},
	}, nil
}

func (s Serve) metadataFiles() ([]archive.File, error) {
	version, err := json.MarshalIndent(map[string]string{
		"version":           s.Release.Version,
		"dcos-image-commit": s.Release.Commit,
		"bootstrap-id":      s.Release.BootstrapID,
		"dcos-variant":      "open",
		"note":              "stand-in release for tests, not DC/OS",
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	user, err := json.MarshalIndent(s.masked(s.Config.Values), "", "  ")
	if err != nil {
		return nil, err
	}
	return []archive.File{
		{Name: "etc/dcos-version.json", Body: append(version, '\n')},
		{Name: "etc/user.config.yaml", Body: append(user, '\n')}, // JSON is YAML too
	}, nil
}

// known are the settings that the generator knows: others change nothing that the services read.
func (s Serve) known() Values {
	known := Values{}
	for _, key := range slices.Concat(computedKeys, optionalKeys, requiredKeys) {
		if v, ok := s.Config.Values[key]; ok {
			known[key] = v
		}
	}
	return known
}

func (s Serve) masked(values Values) Values {
	masked := Values{}
	for key, value := range values {
		if slices.Contains(secretKeys, key) {
			value = "**HIDDEN**"
		}
		masked[key] = value
	}
	return masked
}

func packagePath(id string) string {
	name, _, _ := strings.Cut(id, "--")
	return "packages/" + name + "/" + id + ".tar.xz"
}

func packageInfo(ids []string) map[string]map[string]string {
	info := map[string]map[string]string{}
	for _, id := range ids {
		name, _, _ := strings.Cut(id, "--")
		info[name] = map[string]string{"id": id, "filename": packagePath(id)}
	}
	return info
}

func (s Serve) putJSON(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.put(path, text, 0o644)
}

// put writes a file whole or not at all, unless it has that content already.
func (s Serve) put(path string, text []byte, mode fs.FileMode) error {
	full := filepath.Join(s.Dir, path)
	if old, err := os.ReadFile(full); err == nil && bytes.Equal(old, text) {
		return nil
	}
	return replace(full, bytes.NewReader(text), mode)
}

// copy brings an artifact into the tree, unless a file of that name and size is there: its name has its content's id.
func (s Serve) copy(path string) error {
	from, err := os.Open(filepath.Join(s.Artifacts, path))
	if err != nil {
		return fmt.Errorf("artifact of the release: %w", err)
	}
	defer func() { _ = from.Close() }() // read only
	info, err := from.Stat()
	if err != nil {
		return fmt.Errorf("artifact of the release: %w", err)
	}
	full := filepath.Join(s.Dir, path)
	if old, err := os.Stat(full); err == nil && old.Size() == info.Size() {
		return nil
	}
	return replace(full, from, 0o644)
}

func replace(path string, content io.Reader, mode fs.FileMode) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one that counts
		}
	}()
	_, err = io.Copy(f, content)
	if err := errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
