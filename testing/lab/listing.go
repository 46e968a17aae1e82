package lab

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// File is one entry of a [Listing].
type File struct {
	Path  string
	Type  string // as find prints it: f, d, l, ...
	Mode  string // octal
	Owner string // numbers: user:group
	Size  int64  // in bytes; 0 for directories, whose size is the file system's affair
	// Changed is the modification time, to the nanosecond.
	Changed time.Time
	Target  string // of a symbolic link
}

// Listing is every file of a node, sorted by path.
type Listing []File

// Lively are the files that change by themselves on a node that nobody
// touches, or by looking at it: pass them to [Node.Listing] for a test that
// nothing was changed. Each is a path, with all that is below it, or a pattern
// of [path.Match].
func Lively() []string {
	return []string{
		"/var/log",                // the journal, and who logged in
		"/var/lib/chrony",         // the drift file
		"/var/lib/systemd/timers", // stamps of timers
		"/var/lib/systemd/random-seed",
		"/var/lib/docker", // the engine's own
		"/var/lib/containerd",
		"/var/tmp",         // systemd's private directories for services that run on demand
		"/etc/resolv.conf", // docker binds these three into the container
		"/etc/hosts",
		"/etc/hostname",
	}
}

// Listing lists the files of the node's own file systems: the root, /usr and Docker's
// volume, without /proc, /sys, /dev, /run and /tmp, and without the root
// directory itself, whose time the engine outside may touch when somebody looks
// in. Files in ignore are left out.
func (n *Node) Listing(ctx context.Context, ignore ...string) (Listing, error) {
	// find fails when a file goes away under it, which is no reason to fail here.
	out, err := n.Exec(ctx, `find / /usr /var/lib/docker -xdev -mindepth 1 \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp \) -prune `+
		`-o -printf '%p\0%y\0%m\0%U:%G\0%s\0%T@\0%l\0' 2>/dev/null; [ $? -le 1 ]`)
	if err != nil {
		return nil, err
	}
	listing, err := parseListing(out)
	if err != nil {
		return nil, fmt.Errorf("node %s: listing its files: %w", n.place.Name, err)
	}
	return listing.without(ignore), nil
}

// listingFields is the number of fields of an entry in find's output.
const listingFields = 7

func parseListing(out string) (Listing, error) {
	if out == "" {
		return nil, nil
	}
	fields := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	if len(fields)%listingFields != 0 {
		return nil, fmt.Errorf("%d fields are no whole number of entries", len(fields))
	}
	var list Listing
	for f := range slices.Chunk(fields, listingFields) {
		size, err := strconv.ParseInt(f[4], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: size: %w", f[0], err)
		}
		changed, err := parseStamp(f[5])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f[0], err)
		}
		if f[1] == "d" {
			size = 0
		}
		list = append(list, File{Path: f[0], Type: f[1], Mode: f[2], Owner: f[3], Size: size, Changed: changed, Target: f[6]})
	}
	slices.SortFunc(list, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return slices.CompactFunc(list, func(a, b File) bool { return a.Path == b.Path }), nil
}

// parseStamp reads seconds since 1970 with ten decimals, as find prints them,
// which do not fit a float.
func parseStamp(s string) (time.Time, error) {
	whole, decimals, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q: %w", s, err)
	}
	nanos, err := strconv.ParseInt((decimals + "000000000")[:9], 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q: %w", s, err)
	}
	return time.Unix(seconds, nanos).UTC(), nil
}

func (l Listing) without(ignore []string) Listing {
	return slices.DeleteFunc(l, func(f File) bool {
		return slices.ContainsFunc(ignore, func(pattern string) bool {
			if strings.HasPrefix(f.Path, pattern+"/") {
				return true
			}
			matched, err := path.Match(pattern, f.Path)
			return matched || err != nil && f.Path == pattern
		})
	})
}
