package release

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"dcosup/testing/lab/release/archive"
)

// write makes the file at out by way of files in work, so that nothing big is held in memory, and puts it in place whole.
func (r parts) write(ctx context.Context, out, work string) (Built, error) {
	layer, err := r.layerFiles(ctx, work)
	if err != nil {
		return Built{}, err
	}
	layerSum, err := writeTar(filepath.Join(work, "layer.tar"), layer)
	if err != nil {
		return Built{}, err
	}
	image, err := r.imageFiles(filepath.Join(work, "layer.tar"), layerSum)
	if err != nil {
		return Built{}, err
	}
	if _, err := writeTar(filepath.Join(work, r.name()+".tar"), image); err != nil {
		return Built{}, err
	}
	inner, err := fromDisk(r.name()+".tar", filepath.Join(work, r.name()+".tar"))
	if err != nil {
		return Built{}, err
	}
	payload := filepath.Join(work, "payload.tar")
	payloadSum, err := writeTar(payload, []archive.File{inner})
	if err != nil {
		return Built{}, err
	}
	return join(out, r.header(payloadSum), payload)
}

// layerFiles are the files of the image's one layer: the program, and the release's artifacts.
func (r parts) layerFiles(ctx context.Context, work string) ([]archive.File, error) {
	manifest, err := json.MarshalIndent(r.manifest, "", "  ")
	if err != nil {
		return nil, err
	}
	files := []archive.File{
		{Name: "usr/bin/standin", Mode: 0o755, Body: r.source.Runtime},
		{Name: "artifacts/release.json", Body: manifest},
	}
	add := func(name string, content []archive.File) error {
		path := filepath.Join(work, filepath.Base(name))
		if err := writeXZ(path, content); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		f, err := fromDisk("artifacts/"+name, path)
		files = append(files, f)
		return errors.Join(err, ctx.Err())
	}
	if err := add("bootstrap/"+r.manifest.BootstrapID+".bootstrap.tar.xz", r.bootstrap); err != nil {
		return nil, err
	}
	for _, p := range r.packages {
		if err := add("packages/"+p.Name+"/"+p.ID()+".tar.xz", p.Files); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// imageFiles are the files of an archive that docker load takes: the layer, the image's configuration, and what names
// them.
func (r parts) imageFiles(layer, layerSum string) ([]archive.File, error) {
	config, err := json.Marshal(map[string]any{
		"architecture": "amd64",
		"os":           "linux",
		"created":      "1970-01-01T00:00:00Z",
		"config": map[string]any{
			"Entrypoint": []string{"/usr/bin/standin", "genconf"},
			"WorkingDir": "/",
			"Env":        []string{"PATH=/usr/bin"},
			"Labels":     map[string]string{"description": "stand-in release for tests, not DC/OS"},
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + layerSum}},
		"history": []map[string]any{{"created": "1970-01-01T00:00:00Z", "created_by": "stand-in release"}},
	})
	if err != nil {
		return nil, err
	}
	configSum := sha256.Sum256(config)
	configName := hex.EncodeToString(configSum[:]) + ".json"
	manifest, err := json.Marshal([]map[string]any{{
		"Config": configName, "RepoTags": []string{r.image()}, "Layers": []string{layerSum + "/layer.tar"},
	}})
	if err != nil {
		return nil, err
	}
	layerFile, err := fromDisk(layerSum+"/layer.tar", layer)
	return []archive.File{layerFile, {Name: configName, Body: config}, {Name: "manifest.json", Body: manifest}}, err
}

// fromDisk is the file at path, under the name that it gets in an archive.
func fromDisk(name, path string) (archive.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return archive.File{}, err
	}
	return archive.File{Name: name, Size: info.Size(), Open: func() io.Reader { return &lazyFile{path: path, left: info.Size()} }}, nil
}

// lazyFile opens its file at the first read and closes it with the last byte.
type lazyFile struct {
	path string
	left int64 // bytes to be read
	f    *os.File
}

func (l *lazyFile) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, io.EOF
	}
	if l.f == nil {
		f, err := os.Open(l.path)
		if err != nil {
			return 0, err
		}
		l.f = f
	}
	n, err := l.f.Read(p)
	l.left -= int64(n)
	if err != nil || l.left == 0 {
		_ = l.f.Close() // read only
	}
	return n, err
}

// writeTar writes an archive and gives its SHA-256.
func writeTar(path string, files []archive.File) (string, error) {
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	err = errors.Join(archive.Tar(io.MultiWriter(f, h), files), f.Close())
	return sum(h), err
}

func writeXZ(path string, files []archive.File) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	x := archive.NewXZ(f)
	return errors.Join(archive.Tar(x, files), x.Close(), f.Close())
}

// join writes the script with the payload behind it.
func join(out, header, payload string) (built Built, err error) {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return Built{}, err
	}
	f, err := os.CreateTemp(filepath.Dir(out), ".dcos_generate_config-")
	if err != nil {
		return Built{}, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one that counts
		}
	}()
	behind, err := fromDisk("payload", payload)
	if err != nil {
		return Built{}, err
	}
	h := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, h), io.MultiReader(strings.NewReader(header), behind.Open()))
	if err := errors.Join(err, f.Chmod(0o755), f.Close()); err != nil {
		return Built{}, err
	}
	if !bytes.HasSuffix([]byte(header), []byte("\n"+marker)) {
		return Built{}, errors.New("the script does not end in its marker")
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return Built{}, err
	}
	return Built{Path: out, SHA256: sum(h), Size: size}, nil
}
