package genconf_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"dcosup/genconf"
)

// page is an answer of the metadata service. An answer of 0 comes too late.
type page struct {
	status int
	body   string
}

// service is a metadata service: pages by "METHOD path?query", and the header that a question must have, "" for none.
// Questions without it are answered by 401.
type service struct {
	header string // "Name: value"
	pages  map[string]page
	// busy is how many questions are answered by 503 first.
	busy int

	mutex sync.Mutex
	asked []string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key := r.Method + " " + r.URL.RequestURI()
	s.asked = append(s.asked, key)
	name, value, _ := strings.Cut(s.header, ": ")
	p, ok := s.pages[key]
	switch {
	case s.busy > 0:
		s.busy--
		p = page{http.StatusServiceUnavailable, "Busy\n"}
	case name != "" && r.Method != http.MethodPut && r.Header.Get(name) != value:
		p = page{http.StatusUnauthorized, "Unauthorized\n"}
	case !ok:
		p = page{http.StatusNotFound, "<html>Not found</html>\n"}
	}
	if p.status == 0 {
		<-r.Context().Done() // the script gives up before
		return
	}
	w.WriteHeader(p.status)
	fmt.Fprint(w, p.body)
}

const (
	awsToken    = "PUT /latest/api/token"
	awsPrivate  = "GET /latest/meta-data/local-ipv4"
	awsPublic   = "GET /latest/meta-data/public-ipv4"
	awsDocument = "GET /latest/dynamic/instance-identity/document"
	withToken   = "X-aws-ec2-metadata-token: AQAEAF4_w-=="

	gcePrivate = "GET /computeMetadata/v1/instance/network-interfaces/0/ip"
	gcePublic  = "GET /computeMetadata/v1/instance/network-interfaces/0/access-configs/0/external-ip"
	gceZone    = "GET /computeMetadata/v1/instance/zone"
	withFlavor = "Metadata-Flavor: Google"

	azureQuery    = "?api-version=2017-08-01&format=text"
	azurePrivate  = "GET /metadata/instance/network/interface/0/ipv4/ipAddress/0/privateIpAddress" + azureQuery
	azurePublic   = "GET /metadata/instance/network/interface/0/ipv4/ipAddress/0/publicIpAddress" + azureQuery
	azureLocation = "GET /metadata/instance/compute/location" + azureQuery
	azureDomain   = "GET /metadata/instance/compute/platformFaultDomain" + azureQuery
	withMetadata  = "Metadata: true"
)

// token is the page that gives awsToken's header its value.
var token = page{200, "AQAEAF4_w-=="}

func TestMetadata(t *testing.T) {
	const document = "{\n  \"accountId\" : \"1\",\n  \"availabilityZone\" : \"us-west-2-lax-1a\",\r\n  \"region\" : \"us-west-2\"\n}"
	for _, tt := range []struct {
		name, setting, method string
		header                string
		pages                 map[string]page
		busy                  int
		want, problem         string
	}{
		{name: "AWS with tokens", setting: "ip_detect", method: "aws", header: withToken,
			pages: map[string]page{awsToken: token, awsPrivate: {200, "10.0.0.21"}}, want: "10.0.0.21"},
		{name: "AWS without tokens, as other clouds imitate it", setting: "ip_detect", method: "aws",
			pages: map[string]page{awsPrivate: {200, "10.0.0.21\n"}}, want: "10.0.0.21"},
		{name: "AWS that knows no PUT", setting: "ip_detect", method: "aws",
			pages: map[string]page{awsToken: {405, "no"}, awsPrivate: {200, "10.0.0.21\n"}}, want: "10.0.0.21"},
		{name: "AWS that refuses a token", setting: "ip_detect", method: "aws",
			pages:   map[string]page{awsToken: {403, "Forbidden"}, awsPrivate: {200, "10.0.0.21"}},
			problem: "asking the metadata service for /latest/api/token: it answers with status 403"},
		{name: "AWS with a page for a token", setting: "ip_detect", method: "aws",
			pages:   map[string]page{awsToken: {200, "<html>\nLog in!</html>"}, awsPrivate: {200, "10.0.0.21"}},
			problem: "/latest/api/token: no token: <html> Log in!</html>"},
		{name: "AWS with an empty token", setting: "ip_detect", method: "aws", pages: map[string]page{awsToken: {200, ""}},
			problem: "/latest/api/token: its answer is empty"},
		{name: "AWS that does not know its own token", setting: "ip_detect", method: "aws", header: "X-aws-ec2-metadata-token: other",
			pages: map[string]page{awsToken: token, awsPrivate: {200, "10.0.0.21"}}, problem: "local-ipv4: it answers with status 401"},
		{name: "AWS is busy at first", setting: "ip_detect", method: "aws", header: withToken, busy: 2,
			pages: map[string]page{awsToken: token, awsPrivate: {200, "10.0.0.21"}}, want: "10.0.0.21"},
		{name: "AWS is busy for long", setting: "ip_detect", method: "aws", header: withToken, busy: 99,
			problem: "/latest/api/token: it answers with status 503, three times"},
		{name: "AWS public", setting: "ip_detect_public", method: "aws", header: withToken,
			pages: map[string]page{awsToken: token, awsPublic: {200, "192.0.2.21"}}, want: "192.0.2.21"},
		{name: "AWS without a public address", setting: "ip_detect_public", method: "aws", header: withToken,
			pages: map[string]page{awsToken: token}, want: "10.7.7.7"},
		{name: "AWS public, when it is out of order", setting: "ip_detect_public", method: "aws", header: withToken,
			pages: map[string]page{awsToken: token, awsPublic: {403, ""}}, problem: "public-ipv4: it answers with status 403"},
		{name: "AWS fault domain", setting: "fault_domain_detect", method: "aws", header: withToken,
			pages: map[string]page{awsToken: token, awsDocument: {200, document}},
			want:  `{"fault_domain":{"region":{"name":"aws/us-west-2"},"zone":{"name":"aws/us-west-2-lax-1a"}}}`},
		{name: "AWS fault domain without a zone", setting: "fault_domain_detect", method: "aws", header: withToken,
			pages:   map[string]page{awsToken: token, awsDocument: {200, `{"region": "us-west-2"}`}},
			problem: `document: no region and zone: {"region": "us-west-2"}`},
		{name: "AWS fault domain with a quotation mark", setting: "fault_domain_detect", method: "aws", header: withToken,
			pages:   map[string]page{awsToken: token, awsDocument: {200, `{"region": "us\"-west", "availabilityZone": "a"}`}},
			problem: `no region and zone`},

		{name: "GCE", setting: "ip_detect", method: "gce", header: withFlavor, pages: map[string]page{gcePrivate: {200, "10.0.0.21\r\n"}}, want: "10.0.0.21"},
		{name: "GCE with an empty answer", setting: "ip_detect", method: "gce", header: withFlavor, pages: map[string]page{gcePrivate: {200, "\n"}},
			problem: "network-interfaces/0/ip: its answer is empty"},
		{name: "GCE without the machine's network", setting: "ip_detect", method: "gce", header: withFlavor, problem: "/0/ip: it answers with status 404"},
		{name: "GCE is another service", setting: "ip_detect", method: "gce", header: "Other: header", pages: map[string]page{gcePrivate: {200, "10.0.0.21"}},
			problem: "/0/ip: it answers with status 401"},
		{name: "GCE with a page for an address", setting: "ip_detect", method: "gce", header: withFlavor,
			pages:   map[string]page{gcePrivate: {200, "<html>\n\x1b[31m" + strings.Repeat("x", 5000)}},
			problem: "/0/ip: no IPv4 address: <html>  [31mxxx"},
		{name: "GCE with two addresses", setting: "ip_detect", method: "gce", header: withFlavor,
			pages: map[string]page{gcePrivate: {200, "10.0.0.21\n10.0.0.22\n"}}, problem: "no IPv4 address: 10.0.0.21 10.0.0.22"},
		{name: "GCE with a number too large", setting: "ip_detect", method: "gce", header: withFlavor,
			pages: map[string]page{gcePrivate: {200, "10.0.0.256"}}, problem: "no IPv4 address: 10.0.0.256"},
		{name: "GCE with a number too many", setting: "ip_detect", method: "gce", header: withFlavor,
			pages: map[string]page{gcePrivate: {200, "10.0.0.2.1"}}, problem: "no IPv4 address: 10.0.0.2.1"},
		{name: "GCE with a gap", setting: "ip_detect", method: "gce", header: withFlavor,
			pages: map[string]page{gcePrivate: {200, "10..0.2"}}, problem: "no IPv4 address: 10..0.2"},
		{name: "GCE sends us elsewhere", setting: "ip_detect", method: "gce", header: withFlavor,
			pages: map[string]page{gcePrivate: {302, ""}}, problem: "/0/ip: it answers with status 302"},
		{name: "GCE public", setting: "ip_detect_public", method: "gce", header: withFlavor, pages: map[string]page{gcePublic: {200, "192.0.2.21"}}, want: "192.0.2.21"},
		{name: "GCE without an access config", setting: "ip_detect_public", method: "gce", header: withFlavor, want: "10.7.7.7"},
		{name: "GCE with an access config without an address", setting: "ip_detect_public", method: "gce", header: withFlavor,
			pages: map[string]page{gcePublic: {200, ""}}, want: "10.7.7.7"},
		{name: "GCE fault domain", setting: "fault_domain_detect", method: "gce", header: withFlavor,
			pages: map[string]page{gceZone: {200, "projects/1234/zones/us-central1-a"}},
			want:  `{"fault_domain":{"region":{"name":"gcp/us-central1"},"zone":{"name":"gcp/us-central1-a"}}}`},

		{name: "Azure", setting: "ip_detect", method: "azure", header: withMetadata, pages: map[string]page{azurePrivate: {200, "10.0.0.21"}}, want: "10.0.0.21"},
		{name: "Azure is being updated", setting: "ip_detect", method: "azure", header: withMetadata, pages: map[string]page{azurePrivate: {410, ""}},
			problem: "it answers with status 410, three times"},
		{name: "Azure public", setting: "ip_detect_public", method: "azure", header: withMetadata, pages: map[string]page{azurePublic: {200, "192.0.2.21"}}, want: "192.0.2.21"},
		{name: "Azure without a public address", setting: "ip_detect_public", method: "azure", header: withMetadata, pages: map[string]page{azurePublic: {200, ""}}, want: "10.7.7.7"},
		{name: "Azure fault domain", setting: "fault_domain_detect", method: "azure", header: withMetadata,
			pages: map[string]page{azureLocation: {200, "westeurope"}, azureDomain: {200, "0"}},
			want:  `{"fault_domain":{"region":{"name":"azure/westeurope"},"zone":{"name":"azure/0"}}}`},
		{name: "Azure fault domain, half of it", setting: "fault_domain_detect", method: "azure", header: withMetadata,
			pages: map[string]page{azureLocation: {200, "westeurope"}, azureDomain: {200, ""}}, problem: "platformFaultDomain?api-version=2017-08-01&format=text: its answer is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, shell := range shells(t) {
				t.Run(shell[0], func(t *testing.T) {
					t.Parallel()
					server := httptest.NewServer(&service{header: tt.header, pages: tt.pages, busy: tt.busy})
					defer server.Close()
					wantAnswer(t, run(t, shell, asks(t, server.URL, tt.setting, tt.method), brokenProxies...), tt.want, tt.problem)
				})
			}
		})
	}
}

// asks is a script that asks the metadata service at url. Its ip-detect says 10.7.7.7, unless it is the one wanted.
func asks(t *testing.T, url, setting, method string) string {
	t.Helper()
	in := choose(setting, method)
	if setting != "ip_detect" {
		in.Config["ip_detect_contents"] = "#!/bin/sh\necho 10.7.7.7\n"
	}
	return made(t, fileOf[setting], in, genconf.Places{Metadata: url, DetectIP: t.TempDir() + "/none", Pause: "0"})
}

// brokenProxies are an environment in which a question by a proxy fails.
var brokenProxies = []string{"http_proxy=http://127.0.0.1:1", "ALL_PROXY=http://127.0.0.1:1", "no_proxy="}

// A service that answers too late is given up, so that the node's own services are not held up for long.
func TestMetadataTooLate(t *testing.T) {
	slow := &service{pages: map[string]page{gcePrivate: {}}}
	server := httptest.NewServer(slow)
	defer server.Close()
	text := asks(t, server.URL, "ip_detect", "gce")
	got := run(t, shells(t)[0], text)
	wantAnswer(t, got, "", "/0/ip: curl fails with exit code 28, three times")
	if len(slow.asked) != 3 {
		t.Errorf("the service was asked %d times, want 3", len(slow.asked))
	}
}

// What is refused is not tried again: it would be refused again.
func TestMetadataRefused(t *testing.T) {
	refuses := &service{header: "Other: header"}
	server := httptest.NewServer(refuses)
	defer server.Close()
	wantAnswer(t, run(t, shells(t)[0], asks(t, server.URL, "ip_detect", "gce")), "", "it answers with status 401")
	if len(refuses.asked) != 1 {
		t.Errorf("the service was asked %q, want one question", refuses.asked)
	}
}

func TestMetadataServiceAbsent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for _, cloud := range []string{"aws", "gce", "azure"} {
		for _, setting := range []string{"ip_detect", "ip_detect_public", "fault_domain_detect"} {
			t.Run(cloud+"/"+setting, func(t *testing.T) {
				inEveryShell(t, asks(t, url, setting, cloud), "", "curl fails with exit code 7, three times")
			})
		}
	}
}

// A service that hangs up in the middle of its answer has not answered.
func TestMetadataCutOff(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "10.0.0.2\n") // of 10.0.0.21
	}))
	t.Cleanup(server.Close)
	inEveryShell(t, asks(t, server.URL, "ip_detect", "gce"), "", "curl fails with exit code 18, three times")
}

func TestMetadataWithoutCurl(t *testing.T) {
	text := asks(t, "http://127.0.0.1:1", "ip_detect", "gce")
	text = strings.Replace(text, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n", "PATH="+t.TempDir()+"\n", 1)
	for _, shell := range [][]string{{"dash"}, {"bash", "--posix"}} { // busybox has tools of its own
		text := strings.Replace(text, `cr=$(printf '\r')`, "cr=x", 1)
		wantAnswer(t, run(t, shell, text), "", "curl is missing")
	}
}

// The answer must not depend on a curlrc of whoever runs the script.
func TestMetadataHeedsNoCurlrc(t *testing.T) {
	server := httptest.NewServer(&service{pages: map[string]page{gcePrivate: {200, "10.0.0.21"}}})
	t.Cleanup(server.Close)
	home := t.TempDir()
	writeFile(t, home+"/.curlrc", "include\nuser-agent = other\n")
	inEveryShell(t, asks(t, server.URL, "ip_detect", "gce"), "10.0.0.21", "", "HOME="+home)
}

// An answer is the same each time, and so is the script.
func TestScriptsAreTheSameEachTime(t *testing.T) {
	server := httptest.NewServer(&service{header: withToken, pages: map[string]page{awsToken: token, awsPrivate: {200, "10.0.0.21"}}})
	defer server.Close()
	first := asks(t, server.URL, "ip_detect", "aws")
	if again := asks(t, server.URL, "ip_detect", "aws"); again != first {
		t.Error("equal inputs make different scripts")
	}
	for range 3 {
		wantAnswer(t, run(t, shells(t)[0], first), "10.0.0.21", "")
	}
}
