package installer

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
)

// source serves one release at /dcos.sh, and notes what is asked for.
type source struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

// newSource serves release; wrap, if not nil, stands before it.
func newSource(t *testing.T, release []byte, wrap func(http.Handler) http.Handler) *source {
	s := &source{}
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "dcos.sh", time.Time{}, bytes.NewReader(release))
	})
	if wrap != nil {
		handler = wrap(handler)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// requests are the paths that were asked for, with their ranges.
func (s *source) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func withoutRanges(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		h.ServeHTTP(w, r)
	})
}

// without416Size answers as servers do that do not tell the size with a 416,
// such as Apache: curl 7.76 to 8.4 take only theirs for success.
func without416Size(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// A login in the URL is used, and seen by nobody: not in the arguments of a
// program, not in what is said of a failure.
func TestFetchScriptHidesALogin(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		s := newSource(t, release, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := r.BasicAuth(); user != "me" || password != `hun"ter\2` {
					w.WriteHeader(http.StatusUnauthorized)
				}
				h.ServeHTTP(w, r)
			})
		})
		curl, err := exec.LookPath("curl")
		if err != nil {
			t.Fatal(err)
		}
		b.program("curl", "exec "+curl+` "$@"`)
		url := func(password string) string {
			return strings.Replace(s.URL, "//", "//me:"+password+"@", 1) + "/dcos.sh"
		}
		if got := b.run(fetchFast(t, url("hun%22ter%5C2")), b.dir, sha(release)); got.Code != 0 || got.Stderr != "" {
			t.Errorf("got %+v", got)
		}
		if got := b.run(fetchFast(t, url(`wrong"\`)), b.dir, sha(nil)); got.Code != 22 || strings.Contains(got.Stderr, "wrong") {
			t.Errorf("a wrong one: got %+v, want a refusal that does not show it", got)
		}
		for _, call := range b.calls() {
			if strings.Contains(call, "me:") {
				t.Errorf("it shows the login: %s", call)
			}
		}
	})
}

// fetchFast is fetch.sh, which tells of its progress every 50 ms and not every
// second: else these tests would do little but sleep. It is as a node gets it.
func fetchFast(t *testing.T, url string) string {
	t.Helper()
	fast := strings.Replace(fetchScript, "\tsleep 1\n", "\tsleep 0.05\n", 1)
	if fast == fetchScript {
		t.Fatal("fetch.sh has no line `sleep 1`")
	}
	return "url=" + remote.Quote(url) + "\n" + fast
}

func sha(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

// release is long enough to be fetched in parts.
var release = bytes.Repeat([]byte("#!/bin/bash\n"), 10_000)

func TestFetchScript(t *testing.T) {
	half := string(release[:len(release)/2])
	rest := fmt.Sprintf("/dcos.sh bytes=%d-", len(half))
	const whole = "/dcos.sh"
	for _, tc := range []struct {
		name   string
		part   string // what an earlier fetch left
		of     string // the path that it is a part of
		sum    string // that is wanted
		server func(http.Handler) http.Handler
		asked  []string
	}{
		{name: "fresh", sum: sha(release), asked: []string{whole}},
		{name: "fresh, without a checksum", asked: []string{whole}},
		{name: "a part is continued", part: half, of: whole, sum: sha(release), asked: []string{rest}},
		{name: "a part without a checksum is not: nothing would tell that the rest fits", part: half, of: whole, asked: []string{whole}},
		{name: "a part of another URL is not", part: half, of: "/other.sh", sum: sha(release), asked: []string{whole}},
		{name: "a part that fits to nothing is fetched anew", part: strings.Repeat("x", len(half)), of: whole, sum: sha(release),
			asked: []string{rest, whole}},
		{name: "a server that cannot continue", part: half, of: whole, sum: sha(release), server: withoutRanges, asked: []string{whole + " " + rest[len(whole)+1:], whole}},
		{name: "whole already", part: string(release), of: whole, sum: sha(release), asked: []string{fmt.Sprintf("/dcos.sh bytes=%d-", len(release))}},
		{name: "whole already, and the server does not tell the size", part: string(release), of: whole, sum: sha(release), server: without416Size,
			asked: []string{fmt.Sprintf("/dcos.sh bytes=%d-", len(release))}},
		{name: "longer than whole", part: string(release) + "more", of: whole, sum: sha(release),
			asked: []string{fmt.Sprintf("/dcos.sh bytes=%d-", len(release)+4), whole}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachShell(t, func(t *testing.T, b box) {
				s := newSource(t, release, tc.server)
				b.dir = filepath.Join(b.dir, "a release") // it is made when it is not there
				if tc.part != "" {
					b.write("dcos_generate_config.sh.part", tc.part)
					b.write("part.url", s.URL+tc.of+"\n")
				}
				got := b.run(fetchFast(t, s.URL+whole), b.dir, tc.sum)
				if got.Code != 0 {
					t.Fatalf("exit code %d, stderr %q", got.Code, got.Stderr)
				}
				wantFetched(t, b, s.URL+whole)
				if diff := cmp.Diff(tc.asked, s.requests()); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// wantFetched wants the release and its stamp, and nothing else.
func wantFetched(t *testing.T, b box, url string) {
	t.Helper()
	if b.read("dcos_generate_config.sh") != string(release) {
		t.Error("the file is not the release")
	}
	if got, want := b.read("release.stamp"), sha(release)+" "+url+"\n"; got != want {
		t.Errorf("stamp: got %q, want %q", got, want)
	}
	for _, name := range []string{"dcos_generate_config.sh.part", "part.url"} {
		if b.read(name) != "absent" {
			t.Errorf("%s was left", name)
		}
	}
}

// A wrong file is removed, so that it is not taken for a part the next time;
// what was there before stays, without the stamp that would vouch for it.
func TestFetchScriptRefusesAWrongChecksum(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.write("dcos_generate_config.sh", "old")
		b.write("release.stamp", "aa old\n")
		s := newSource(t, release, nil)
		got := b.run(fetchFast(t, s.URL+"/dcos.sh"), b.dir, sha(nil))
		if got.Code != 3 || !strings.HasSuffix(got.Stdout, "dcosup-checksum "+sha(release)+"\n") {
			t.Errorf("got %+v, want exit code 3 and the sum that was found", got)
		}
		for name, want := range map[string]string{"dcos_generate_config.sh": "old", "release.stamp": "absent",
			"dcos_generate_config.sh.part": "absent", "part.url": "absent"} {
			if got := b.read(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	})
}

// cutOff sends the first n bytes of the release, and hangs up.
func cutOff(w http.ResponseWriter, n int) {
	w.Header().Set("Content-Length", strconv.Itoa(len(release)))
	_, _ = w.Write(release[:n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// A fetch that fails says with what, and keeps the part for the next time.
func TestFetchScriptFails(t *testing.T) {
	cut := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { cutOff(w, 1000) })
	}
	missing := func(http.Handler) http.Handler { return http.NotFoundHandler() }
	for _, tc := range []struct {
		name   string
		server func(http.Handler) http.Handler
		part   string
		code   int
		stderr string
		left   string
	}{
		{"no such file", missing, "", 22, "404", "absent"},
		{"no such file any more", missing, "half", 22, "404", "half"},
		{"the connection ends in the middle", cut, "", 18, "fetching ", string(release[:1000])},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachShell(t, func(t *testing.T, b box) {
				s := newSource(t, release, tc.server)
				if tc.part != "" {
					b.write("dcos_generate_config.sh.part", tc.part)
					b.write("part.url", s.URL+"/dcos.sh\n")
				}
				got := b.run(fetchFast(t, s.URL+"/dcos.sh"), b.dir, sha(release))
				last := fmt.Sprintf("fetching %s/dcos.sh failed: curl ended with %d\n", s.URL, tc.code)
				if got.Code != tc.code || !strings.HasSuffix(got.Stderr, last) || !strings.Contains(got.Stderr, tc.stderr) {
					t.Errorf("got %+v, want exit code %d and %q", got, tc.code, tc.stderr)
				}
				if got := b.read("dcos_generate_config.sh.part"); got != tc.left {
					t.Errorf("part: got %d bytes, want %d", len(got), len(tc.left))
				}
				if b.read("release.stamp") != "absent" || b.read("dcos_generate_config.sh") != "absent" {
					t.Error("it looks as if there were a release")
				}
			})
		})
	}
}

// What a fetch that was cut off left, the next one continues.
func TestFetchScriptGoesOnAfterAFailure(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		s := newSource(t, release, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") == "" {
					cutOff(w, 5000)
				}
				h.ServeHTTP(w, r)
			})
		})
		if got := b.run(fetchFast(t, s.URL+"/dcos.sh"), b.dir, sha(release)); got.Code != 18 {
			t.Fatalf("first: got %+v, want exit code 18", got)
		}
		if got := b.run(fetchFast(t, s.URL+"/dcos.sh"), b.dir, sha(release)); got.Code != 0 {
			t.Fatalf("second: got %+v, want success", got)
		}
		wantFetched(t, b, s.URL+"/dcos.sh")
		if diff := cmp.Diff([]string{"/dcos.sh", "/dcos.sh bytes=5000-"}, s.requests()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

// Progress is a number of bytes from the first line on, when there is no part yet.
func TestFetchScriptTellsItsProgress(t *testing.T) {
	form := regexp.MustCompile(`^(dcosup-progress [0-9]+\n)+$`)
	eachShell(t, func(t *testing.T, b box) {
		s := newSource(t, release, nil)
		if got := b.run(fetchFast(t, s.URL+"/dcos.sh"), b.dir, ""); !form.MatchString(got.Stdout) || got.Stderr != "" {
			t.Errorf("got %+v, want lines of progress alone", got)
		}
	})
}

func TestFetchScriptWithoutCurl(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("curl", "echo curl: not found >&2; exit 127") // as the shell says it
		got := b.run(fetchFast(t, "http://example.com/x"), b.dir, "")
		if got.Code != 127 || !strings.HasPrefix(got.Stderr, "curl: not found\n") {
			t.Errorf("got %+v, want exit code 127 and why", got)
		}
	})
}

// An older curl takes a 416 for a failure, a newer one for success: the same
// comes of both.
func TestFetchScriptWithEveryCurl(t *testing.T) {
	for _, code := range []string{"0", "22", "33"} {
		t.Run(code, func(t *testing.T) {
			eachShell(t, func(t *testing.T, b box) {
				b.program("curl", "exit "+code)
				b.write("dcos_generate_config.sh.part", string(release))
				b.write("part.url", "http://example.com/x\n")
				if got := b.run(fetchFast(t, "http://example.com/x"), b.dir, sha(release)); got.Code != 0 {
					t.Fatalf("got %+v, want success", got)
				}
				wantFetched(t, b, "http://example.com/x")
				if calls := b.calls(); len(calls) != 1 || !strings.Contains(calls[0], " -C - ") {
					t.Errorf("calls: got %q, want one that continues", calls)
				}
			})
		})
	}
}

// A directory that cannot be made is not fetched into.
func TestFetchScriptWithoutDirectory(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.write("file", "")
		s := newSource(t, release, nil)
		got := b.run(fetchFast(t, s.URL+"/dcos.sh"), filepath.Join(b.dir, "file", "dir"), "")
		if got.Code == 0 || got.Stderr == "" || len(s.requests()) > 0 {
			t.Errorf("got %+v and the requests %q, want a failure before any", got, s.requests())
		}
		if info, err := os.Stat(filepath.Join(b.dir, "file")); err != nil || info.IsDir() {
			t.Errorf("the file in the way: %v, %v", info, err)
		}
	})
}
