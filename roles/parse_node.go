package roles

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setDockerClient reads "Docker version 19.03.5, build 633a0ea838".
func setDockerClient(f *Facts, v string) error {
	if version, found := strings.CutPrefix(v, "Docker version "); found {
		f.Docker.Client, _, _ = strings.Cut(version, ",")
	}
	return nil
}

// setMounts reads "point type options" words.
func setMounts(f *Facts, v string) error {
	words := strings.Fields(v)
	if len(words)%3 != 0 {
		return fmt.Errorf("want point, type and options")
	}
	for m := range slices.Chunk(words, 3) {
		f.Mounts = append(f.Mounts, Mount{Point: m[0], Type: m[1], Options: strings.Split(m[2], ",")})
	}
	return nil
}

// setFileTypes takes "path=ftype" words; placeFileTypes reads them, when the
// mounts are known.
func setFileTypes(_ *Facts, v string) error {
	for _, word := range strings.Fields(v) {
		if !strings.Contains(word, "=") {
			return fmt.Errorf("want path=ftype")
		}
	}
	return nil
}

func (f *Facts) placeFileTypes(v string) {
	for _, word := range strings.Fields(v) {
		path, ftype, _ := strings.Cut(word, "=")
		point := f.Mount(path).Point
		for i, m := range f.Mounts {
			if m.Point == point && m.Type == "xfs" {
				f.Mounts[i].FileTypes = ftype
			}
		}
	}
}

// setInodes reads "path:total:free" words.
func setInodes(f *Facts, v string) error {
	for _, word := range strings.Fields(v) {
		parts := strings.Split(word, ":")
		if len(parts) != 3 {
			return fmt.Errorf("want path:total:free")
		}
		total, err1 := strconv.ParseInt(parts[1], 10, 64)
		free, err2 := strconv.ParseInt(parts[2], 10, 64)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("want numbers of inodes")
		}
		f.Inodes = append(f.Inodes, Inodes{Path: parts[0], Total: total, Free: free})
	}
	return nil
}

// setLocale reads "LANG=… LC_ALL=…"; LC_ALL outweighs LANG.
func setLocale(f *Facts, v string) error {
	var lang, all string
	for _, word := range strings.Fields(v) {
		if key, value, _ := strings.Cut(word, "="); key == "LC_ALL" {
			all = value
		} else {
			lang = value
		}
	}
	f.Settings.Language = or(all, lang)
	return nil
}

func setOptMesosphere(f *Facts, v string) error {
	f.Settings.OptMesosphere = v
	if !slices.Contains([]string{"absent", "empty", "full", "dangling", "other"}, v) {
		return fmt.Errorf("want absent, empty, full, dangling or other")
	}
	return nil
}

// setResolvers reads "address:port=answer" words.
func setResolvers(f *Facts, v string) error {
	for _, word := range strings.Fields(v) {
		server, answer, found := strings.Cut(word, "=")
		if !found {
			return fmt.Errorf("want address:port=answer")
		}
		f.Names.Resolvers = append(f.Names.Resolvers, Resolver{Server: server, Answer: answer})
	}
	return nil
}

// setChanges reads "kind:key" words.
func setChanges(f *Facts, v string) error {
	for _, word := range strings.Fields(v) {
		kind, key, found := strings.Cut(word, ":")
		if !found {
			return fmt.Errorf("want kind:key")
		}
		f.Changes = append(f.Changes, Change{kind, key})
	}
	return nil
}

// setHostname reads addresses, or "unasked".
func setHostname(f *Facts, v string) error {
	if v == "unasked" {
		f.Names.HostnameUnasked = true
		return nil
	}
	for _, word := range strings.Fields(v) {
		addr, err := netip.ParseAddr(word)
		if err != nil {
			return fmt.Errorf("%q is no address", word)
		}
		f.Names.Hostname = append(f.Names.Hostname, addr)
	}
	return nil
}

// clock reads nanoseconds since 1970. A date without fractions writes seconds,
// with or without a stray N or %N.
func clock(field func(*Facts) *time.Time) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		digits := strings.TrimRight(v, "%N")
		if digits == "" {
			return nil
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("want a time")
		}
		if n < 1e12 { // the year 33658 in seconds, and 17 minutes in nanoseconds
			*field(f) = time.Unix(n, 0).UTC()
			f.Clock.Coarse = time.Second
			return nil
		}
		*field(f) = time.Unix(0, n).UTC()
		return nil
	}
}
