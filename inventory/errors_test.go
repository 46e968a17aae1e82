package inventory_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/inventory/vault"
	"dcosup/secret"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what is reported into testdata/errors")

// TestErrors loads the inventories of testdata/errors and holds what a person
// would see against the file named want. Lines of the file named options are
// flags; the default is -i hosts.
func TestErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/errors/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no inventories to load: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files, opts := map[string]string{}, inventory.Options{}
			want := ""
			for _, f := range archive.Files {
				switch f.Name {
				case "want":
					want = string(f.Data)
				case "options":
					opts = options(t, string(f.Data))
				default:
					files[f.Name] = string(f.Data)
				}
			}
			got := report(t, files, opts)
			if *update {
				rewrite(t, path, archive, got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func options(t *testing.T, lines string) inventory.Options {
	t.Helper()
	var opts inventory.Options
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		name, value, _ := strings.Cut(line, " ")
		switch name {
		case "-i":
			opts.Sources = append(opts.Sources, value)
		case "-e":
			opts.ExtraVars = append(opts.ExtraVars, value)
		case "--vault-id":
			id, password, _ := strings.Cut(value, "=")
			if opts.Vault == nil {
				opts.Vault = &vault.Keyring{}
			}
			opts.Vault.Secrets = append(opts.Vault.Secrets, vault.Secret{ID: id, Password: secret.Text(password)})
		case "-l":
			opts.Limit = value
		default:
			t.Fatalf("unknown flag %q", name)
		}
	}
	return opts
}

// report is what a person sees: the errors of Load, else those of Cluster.
func report(t *testing.T, files map[string]string, opts inventory.Options) string {
	t.Helper()
	inv, err := load(t, files, opts)
	if err == nil {
		_, err = inv.Cluster()
	}
	if err == nil {
		t.Fatal("no error")
	}
	var one *inventory.Error
	if !errors.As(err, &one) {
		t.Errorf("errors.As finds no *inventory.Error in %T", err)
	}
	var all *multierror.Error
	if !errors.As(err, &all) {
		t.Errorf("errors.As finds no *multierror.Error in %T", err)
	}
	if shown := err.Error() + fmt.Sprintf("%+v", err); strings.Contains(shown, "CANARY") || strings.Contains(shown, "s3cret") {
		t.Errorf("something encrypted is shown:\n%s", shown)
	}
	return err.Error() + "\n"
}

func rewrite(t *testing.T, path string, archive *txtar.Archive, got string) {
	t.Helper()
	kept := archive.Files[:0]
	for _, f := range archive.Files {
		if f.Name != "want" {
			kept = append(kept, f)
		}
	}
	archive.Files = append(kept, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestExecutableInventory(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "inv.py")
	if err := os.WriteFile(path, []byte("#!/usr/bin/python3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := inventory.Load(inventory.Options{Sources: []string{path}, WorkDir: dir})
	if err == nil || !strings.Contains(err.Error(), "the inventory is a program") {
		t.Errorf("error = %v, want one that says that it is a program", err)
	}
}

func TestNoInventory(t *testing.T) {
	_, err := inventory.Load(inventory.Options{})
	var e *inventory.Error
	if !errors.As(err, &e) || e.Message != "no inventory is given" || e.Hint == "" {
		t.Errorf("error = %v, want one that says how to give an inventory", err)
	}
}

func TestNotUTF8(t *testing.T) {
	_, err := load(t, map[string]string{"hosts": "[a]\nb\xff\n"}, inventory.Options{})
	if err == nil || !strings.Contains(err.Error(), "hosts:2:2: the file is not UTF-8 text") {
		t.Errorf("error = %v, want the place of the wrong byte", err)
	}
}

// A file of another kind has a mistake in every line. Some are shown, with their
// number, and none with a line that would fill the screen.
func TestVeryManyErrors(t *testing.T) {
	_, err := load(t, map[string]string{"hosts": strings.Repeat("a b\n", 1000) + "a " + strings.Repeat("x ", 5000) + "\n"}, inventory.Options{})
	var all *multierror.Error
	if !errors.As(err, &all) {
		t.Fatalf("error = %v, want many", err)
	}
	if n := len(all.Errors); n != 201 {
		t.Errorf("%d errors are told, want 200 and one about the others", n)
	}
	if last := all.Errors[len(all.Errors)-1].Error(); last != "there are 5800 more errors, which are not shown" {
		t.Errorf("the last one is %q", last)
	}
	if n := len(err.Error()); n > 50_000 {
		t.Errorf("%d bytes are shown", n)
	}
}
