package genconf_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

// choose is a cluster of two masters and an agent with a method for one script.
func choose(setting, word string) genconf.Input {
	word, name, _ := strings.Cut(word, " ")
	m := genconf.Method{Word: word, Interface: name}
	in := genconf.Input{Config: map[string]any{}, Masters: []string{"10.0.0.11", "10.0.0.12"}, Enterprise: setting == "fault_domain_detect",
		Nodes: []genconf.Node{
			{Address: "10.0.0.11", Public: "192.0.2.11", IP6: "2001:db8::11", Region: "eu", Zone: "eu/a"},
			{Address: "10.0.0.12", IP6: "2001:db8::12", Region: "eu", Zone: "eu/b"},
			{Address: "10.0.0.21", Public: "a1.example.com", IP6: "2001:db8::21", Region: "us", Zone: "us/a"},
		}}
	switch setting {
	case "ip_detect":
		in.IPDetect = m
	case "ip_detect_public":
		in.IPDetectPublic = m
	case "ip6_detect":
		in.IP6Detect = m
	case "fault_domain_detect":
		in.FaultDomainDetect = m
	}
	return in
}

// fileOf are the scripts of the settings.
var fileOf = map[string]string{"ip_detect": genconf.IPDetect, "ip_detect_public": genconf.IPDetectPublic,
	"ip6_detect": genconf.IP6Detect, "fault_domain_detect": genconf.FaultDomainDetect}

func TestEveryMethodMakesASoundScript(t *testing.T) {
	shells(t)
	for setting, words := range genconf.Methods() {
		for _, word := range words {
			if word == "none" || word == "auto" {
				continue
			}
			t.Run(setting+"/"+word, func(t *testing.T) {
				t.Parallel()
				text := made(t, fileOf[setting], choose(setting, strings.Replace(word, "interface", "interface eth1", 1)), genconf.Places{})
				if regexp.MustCompile(`@[A-Z0-9_]+@`).MatchString(text) {
					t.Errorf("a slot was left open:\n%s", text)
				}
				// Parts have functions and variables that not every script needs.
				cmd := exec.Command("shellcheck", "--shell=sh", "--exclude=SC2317,SC2034", "-")
				cmd.Stdin = strings.NewReader(text)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}

func TestPartsOfScriptsPassShellcheck(t *testing.T) {
	parts, err := filepath.Glob("scripts/*.sh")
	if err != nil || len(parts) == 0 {
		t.Fatalf("parts: %v, %v", parts, err)
	}
	if out, err := exec.Command("shellcheck", append([]string{"--shell=sh"}, parts...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// What `ip -o -4 route get` prints, in the forms seen on nodes.
func TestIPDetectByRoute(t *testing.T) {
	for _, tt := range []struct {
		name, ip      string // ip is the body of the fake command
		want, problem string
	}{
		{"same network", "echo '10.0.0.11 dev eth0 src 10.0.0.21 uid 0 \\    cache '", "10.0.0.21", ""},
		{"through a gateway", "echo '10.0.0.11 via 192.168.1.1 dev eth1 src 192.168.1.5 uid 0 \\    cache '", "192.168.1.5", ""},
		{"on the master itself", "echo 'local 10.0.0.11 dev lo src 10.0.0.11 uid 0 \\    cache <local> '", "10.0.0.11", ""},
		{"no source", "echo '10.0.0.11 dev eth0'", "", "names no source address"},
		{"src without a value", "echo '10.0.0.11 dev eth0 src'", "", "names no source address"},
		{"network down", "echo 'RTNETLINK answers: Network is unreachable' >&2; return 2", "", "no route to the master 10.0.0.11: RTNETLINK"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := "[ \"$*\" = '-o -4 route get 10.0.0.11' ] || exit 99\n" + tt.ip
			inEveryShell(t, withFakeIP(t, made(t, genconf.IPDetect, choose("", ""), genconf.Places{}), body), tt.want, tt.problem)
		})
	}
}

// The kernel's own answer: the way to a local address begins at that address.
func TestIPDetectByRouteWithTheRealIP(t *testing.T) {
	files, _ := genconf.Render(genconf.Input{Masters: []string{"127.0.0.1"}})
	inEveryShell(t, script(t, files, genconf.IPDetect), "127.0.0.1", "")
}

// table is a fake ip command that has some addresses and routes.
func table(addresses4, addresses6, route4, route6 string) string {
	return `case "$*" in
'-o -4 addr show') cat <<'END'
` + addresses4 + `
END
;;
'-o -4 addr show dev '*) grep " $6 " <<'END' || { echo "Device \"$6\" does not exist." >&2; return 1; }
` + addresses4 + `
END
;;
'-o -6 addr show') cat <<'END'
` + addresses6 + `
END
;;
'-o -6 addr show dev '*) grep " $6 " <<'END' || return 1
` + addresses6 + `
END
;;
'-o -4 route '*) echo '` + route4 + `' ;;
'-o -6 route '*) [ -n '` + route6 + `' ] || { echo 'RTNETLINK answers: Network is unreachable' >&2; return 2; }
echo '` + route6 + `' ;;
*) echo "ip $* was not expected" >&2; return 99 ;;
esac`
}

// Lines as `ip -o addr show` prints them.
const (
	lo       = `1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever preferred_lft forever`
	eth0     = `2: eth0    inet 10.0.0.21/24 brd 10.0.0.255 scope global eth0\       valid_lft forever preferred_lft forever`
	eth0dhcp = `2: eth0    inet 10.0.2.15/24 brd 10.0.2.255 scope global dynamic eth0\       valid_lft 86000sec preferred_lft 86000sec`
	eth0more = `2: eth0    inet 10.0.0.12/24 brd 10.0.0.255 scope global secondary eth0\       valid_lft forever preferred_lft forever`
	eth1     = `3: eth1    inet 192.168.56.21/24 brd 192.168.56.255 scope global eth1\       valid_lft forever preferred_lft forever`
	eth1next = `3: eth1    inet 172.16.0.21/16 brd 172.16.255.255 scope global eth1\       valid_lft forever preferred_lft forever`
	eth1vip  = `3: eth1    inet 192.168.56.99/24 brd 192.168.56.255 scope global secondary eth1\       valid_lft forever preferred_lft forever`
	eth1old  = `3: eth1    inet 192.168.56.98/24 brd 192.168.56.255 scope global deprecated eth1\       valid_lft forever preferred_lft 0sec`
	ppp0     = `4: ppp0    inet 10.9.0.1 peer 10.9.0.2/32 scope global ppp0\       valid_lft forever preferred_lft forever`
	link0    = `5: usb0    inet 169.254.3.4/16 brd 169.254.255.255 scope link usb0\       valid_lft forever preferred_lft forever`
	docker0  = `6: docker0    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\       valid_lft forever preferred_lft forever`

	six1     = `2: eth0    inet6 2001:db8::1/64 scope global \       valid_lft forever preferred_lft forever`
	six2     = `2: eth0    inet6 2001:db8::2/64 scope global \       valid_lft forever preferred_lft forever`
	sixRA    = `2: eth0    inet6 2001:db8::ff:fe00:1/64 scope global dynamic mngtmpaddr \       valid_lft 2591sec preferred_lft 604sec`
	sixTemp  = `2: eth0    inet6 2001:db8::5ca1:ab1e/64 scope global temporary dynamic \       valid_lft 604sec preferred_lft 86sec`
	sixTaken = `2: eth0    inet6 2001:db8::9/64 scope global dadfailed tentative \       valid_lft forever preferred_lft forever`
	sixLink  = `2: eth0    inet6 fe80::ff:fe00:1/64 scope link \       valid_lft forever preferred_lft forever`
)

func rows(l ...string) string { return strings.Join(l, "\n") }

func TestIPDetectByInterface(t *testing.T) {
	for _, tt := range []struct {
		name, of, addresses string
		want, problem       string
	}{
		{"one address, and not the broadcast address", "eth1", rows(lo, eth0, eth1), "192.168.56.21", ""},
		{"the first of several", "eth1", rows(lo, eth0, eth1, eth1next, eth1vip), "192.168.56.21", ""},
		{"a service's address stands first", "eth1", rows(eth1vip, eth1old, eth1), "192.168.56.21", ""},
		{"without a length or a broadcast address", "ppp0", rows(lo, ppp0), "10.9.0.1", ""},
		{"given by DHCP", "eth0", rows(lo, eth0dhcp), "10.0.2.15", ""},
		{"one that comes and goes", "eth1", rows(lo, eth0, eth1vip), "", "the interface eth1 has no IPv4 address that stays"},
		{"one that nobody else reaches", "usb0", rows(lo, link0), "", "the interface usb0 has no IPv4 address that stays"},
		{"no such interface", "eth9", rows(lo, eth0), "", `ip addr show dev eth9: Device "eth9" does not exist.`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := made(t, genconf.IPDetect, choose("ip_detect", "interface "+tt.of), genconf.Places{})
			inEveryShell(t, withFakeIP(t, text, table(tt.addresses, "", "", "")), tt.want, tt.problem)
		})
	}
	t.Run("an interface that is there and has none", func(t *testing.T) {
		text := made(t, genconf.IPDetect, choose("ip_detect", "interface eth1"), genconf.Places{})
		inEveryShell(t, withFakeIP(t, text, "return 0"), "", "the interface eth1 has no IPv4 address that stays")
	})
}

// Each of Vagrant's providers has its own network through which Vagrant reaches the machine.
func TestIPDetectByVagrant(t *testing.T) {
	cards := t.TempDir()
	for _, card := range []string{"eth0", "eth1"} { // the others are made by software
		if err := os.MkdirAll(filepath.Join(cards, card, "device"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	libvirt0 := strings.ReplaceAll(eth0dhcp, "10.0.2.", "192.168.121.")
	container := strings.ReplaceAll(docker0, "docker0", "eth9")
	for _, tt := range []struct {
		name, addresses, route string
		want, problem          string
	}{
		{"VirtualBox with a private network", rows(lo, eth0dhcp, eth1, docker0), "default via 10.0.2.2 dev eth0 proto dhcp metric 100", "192.168.56.21", ""},
		{"VirtualBox with nothing but NAT", rows(lo, eth0dhcp, docker0), "default via 10.0.2.2 dev eth0", "", "no network besides Vagrant's NAT"},
		{"VirtualBox with a bridged network that is the way out", rows(lo, eth0dhcp, eth1), "default via 192.168.56.1 dev eth1 ", "192.168.56.21", ""},
		{"libvirt with a private network", rows(lo, libvirt0, eth1, eth1vip, docker0), "default via 192.168.121.1 dev eth0", "192.168.56.21", ""},
		{"libvirt with its management network only", rows(lo, libvirt0, docker0), "default via 192.168.121.1 dev eth0", "192.168.121.15", ""},
		{"a container", rows(lo, container), "default via 172.17.0.1 dev eth9", "172.17.0.1", ""},
		{"no way out", rows(lo, eth0dhcp, eth1), "", "192.168.56.21", ""},
		{"nothing", lo, "", "", "no network besides Vagrant's NAT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := made(t, genconf.IPDetect, choose("ip_detect", "vagrant"), genconf.Places{Cards: cards})
			inEveryShell(t, withFakeIP(t, text, table(tt.addresses, "", tt.route, "")), tt.want, tt.problem)
		})
	}
}

func TestDetectionByInventory(t *testing.T) {
	for _, tt := range []struct {
		name, setting, addresses string
		want, problem            string
	}{
		{"the address that the inventory has", "ip_detect", rows(lo, eth1, eth0), "10.0.0.21", ""},
		{"it is the node's second one", "ip_detect", rows(lo, strings.ReplaceAll(eth0, "10.0.0.21/", "10.0.0.210/"), eth0more), "10.0.0.12", ""},
		{"none of the node's", "ip_detect", rows(lo, eth1), "", "none of this node's addresses is one that the inventory gives"},
		{"two nodes' addresses", "ip_detect", rows(eth0, eth0more), "", "two nodes of the inventory have addresses of this one: 10.0.0.12, 10.0.0.21"},
		{"a public name", "ip_detect_public", rows(lo, eth0), "a1.example.com", ""},
		{"an IPv6 address", "ip6_detect", rows(lo, eth0), "2001:db8::21", ""},
		{"a node that is not in the table", "ip6_detect", rows(lo, eth1), "", "none of this node's addresses"},
		{"a fault domain", "fault_domain_detect", rows(lo, eth0), `{"fault_domain":{"region":{"name":"us"},"zone":{"name":"us/a"}}}`, ""},
		{"no fault domain", "fault_domain_detect", rows(lo), "", "none of this node's addresses"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := made(t, fileOf[tt.setting], choose(tt.setting, "inventory"), genconf.Places{})
			inEveryShell(t, withFakeIP(t, text, table(tt.addresses, "", "", "")), tt.want, tt.problem)
		})
	}
}

func TestIP6Detect(t *testing.T) {
	const toMaster = "2001:db8::11 from :: via fe80::1 dev eth0 proto ra src "
	for _, tt := range []struct {
		name, method, addresses, route string
		want, problem                  string
	}{
		{"by interface: the oldest, which is the last", "interface eth0", rows(six2, six1, sixLink), "", "2001:db8::1", ""},
		{"by interface: one set by hand before one of a router", "interface eth0", rows(sixTemp, six1, sixRA, sixLink), "", "2001:db8::1", ""},
		{"by interface: one of a router", "interface eth0", rows(sixTemp, sixRA, sixTaken, sixLink), "", "2001:db8::ff:fe00:1", ""},
		{"by interface: one of some hours", "interface eth0", rows(sixTemp, sixLink), "", "", "the interface eth0 has no IPv6 address that stays"},
		{"by route", "route", rows(six2, six1, sixLink), toMaster + "2001:db8::2 metric 100 pref medium", "2001:db8::2", ""},
		{"by route: the kernel takes one of some hours", "route", rows(sixTemp, sixRA, sixLink), toMaster + "2001:db8::5ca1:ab1e metric 100", "2001:db8::ff:fe00:1", ""},
		{"by route: on the master itself", "route", rows(six2, six1), "local 2001:db8::1 from :: dev lo table local src 2001:db8::1 metric 0", "2001:db8::1", ""},
		{"by route: none", "route", rows(sixLink), "", "", "no route to 2001:db8::11: RTNETLINK"},
		{"by route: no source", "route", rows(sixLink), "2001:db8::11 dev eth0", "", "names no source address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := made(t, genconf.IP6Detect, choose("ip6_detect", tt.method), genconf.Places{})
			inEveryShell(t, withFakeIP(t, text, table("", tt.addresses, "", tt.route)), tt.want, tt.problem)
		})
	}
}

// A node without a public address has ip-detect's answer: from DC/OS's own ip-detect once that is there, before from a
// copy that is run as the kernel would run it.
func TestIPDetectPublicFallsBackToIPDetect(t *testing.T) {
	dir := t.TempDir()
	detectIP := filepath.Join(dir, "detect_ip")
	writeFile(t, detectIP, "#!/bin/sh\necho 10.7.7.7 $PATH\n")
	for _, tt := range []struct {
		name, own     string // own ip-detect, "" for a generated one
		detectIP      string
		want, problem string
	}{
		{"the generated one", "", dir + "/none", "10.0.0.12", ""},
		{"DC/OS's own, with the PATH that services have", "", detectIP, "10.7.7.7 /usr/bin:/bin", ""},
		{"the person's own", "#!/bin/sh\n\necho 10.1.2.3\n\n", dir + "/none", "10.1.2.3", ""},
		{"one of another language", "#! /usr/bin/env  awk -f\nBEGIN { print \"10.\" 1 + 1 \".3.4\" }", dir + "/none", "", "ip-detect failed"},
		{"one of another language, with an argument", "#!/usr/bin/awk -f\nBEGIN { print \"10.\" 1 + 1 \".3.4\" }", dir + "/none", "10.2.3.4", ""},
		{"one that would end the copy", "#!/bin/sh\ncat <<END-OF-IP-DETECT\n10.1.1.1\nEND-OF-IP-DETECT\n", dir + "/none", "10.1.1.1", ""},
		{"one with quotation marks", "#!/bin/sh\nx='10.1.1.2' # it's\necho \"$x\"", dir + "/none", "10.1.1.2", ""},
		{"one that fails", "#!/bin/sh\nexit 3\n", dir + "/none", "", "ip-detect failed"},
		{"one that says nothing", "#!/bin/sh\n", dir + "/none", "", "ip-detect printed nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := choose("ip_detect_public", "inventory")
			if tt.own != "" {
				in.Config["ip_detect_contents"] = tt.own
			}
			text := made(t, genconf.IPDetectPublic, in, genconf.Places{DetectIP: tt.detectIP})
			other := strings.ReplaceAll(eth0, "10.0.0.21", "10.0.0.12") // the node without public_ip
			text = withFakeIP(t, text, table(other, "", "10.0.0.11 dev eth0 src 10.0.0.12", ""))
			for _, shell := range shells(t) {
				got := run(t, shell, text)
				got.Stderr = got.Stderr[strings.LastIndex(strings.TrimSuffix(got.Stderr, "\n"), "\n")+1:] // env has its words too
				wantAnswer(t, got, tt.want, tt.problem)
			}
		})
	}
}

// TestWhichScripts are made, and what config.yaml says of them.
func TestWhichScripts(t *testing.T) {
	all := choose("", "").Nodes
	for _, tt := range []struct {
		name   string
		change func(*genconf.Input)
		want   []string // scripts and keys of config.yaml
	}{
		{"on machines of one's own", func(*genconf.Input) {}, []string{"ip-detect: route"}},
		{"in a cloud", func(in *genconf.Input) { in.Environment = genconf.GCE },
			[]string{"ip-detect: route", "ip-detect-public: gce", "ip_detect_public_filename: genconf/ip-detect-public"}},
		{"in a cloud, without public addresses", func(in *genconf.Input) {
			in.Environment, in.IPDetectPublic.Word = genconf.AWS, "none"
		}, []string{"ip-detect: route"}},
		{"before nodes were asked", func(in *genconf.Input) { in.Environment = genconf.Unasked }, []string{"ip-detect: route"}},
		{"IPv6", func(in *genconf.Input) { in.IP6Detect.Word = "route" }, []string{"ip-detect: route", "ip6-detect: route", "ip6_detect_filename: genconf/ip6-detect"}},
		{"no IPv6", func(in *genconf.Input) { in.IP6Detect.Word = "none" }, []string{"ip-detect: route"}},
		{"Enterprise in a cloud", func(in *genconf.Input) {
			in.Environment, in.Enterprise = genconf.Azure, true
		}, []string{"ip-detect: route", "ip-detect-public: azure", "fault-domain-detect: azure", "ip_detect_public_filename: genconf/ip-detect-public"}},
		{"Enterprise with fault domains in the inventory", func(in *genconf.Input) { in.Enterprise, in.Nodes = true, all },
			[]string{"ip-detect: route", "fault-domain-detect: inventory"}},
		{"Enterprise in a cloud, with fault domains of some nodes in the inventory", func(in *genconf.Input) {
			in.Enterprise, in.Nodes, in.Environment, in.IPDetectPublic.Word = true, append(all[1:], genconf.Node{Address: "10.0.0.22"}), genconf.AWS, "none"
		}, []string{"ip-detect: route", "fault-domain-detect: aws"}},
		{"Enterprise before nodes were asked", func(in *genconf.Input) { in.Enterprise, in.Environment = true, genconf.Unasked }, []string{"ip-detect: route"}},
		{"Enterprise without fault domains", func(in *genconf.Input) {
			in.Environment, in.Enterprise, in.FaultDomainDetect.Word, in.IPDetectPublic.Word = genconf.Azure, true, "none", "none"
		}, []string{"ip-detect: route", "fault_domain_enabled: false"}},
		{"Enterprise without fault domains, in the generator's word", func(in *genconf.Input) {
			in.Enterprise, in.Config["fault_domain_enabled"], in.Nodes = true, "false", all
		}, []string{"ip-detect: route", `fault_domain_enabled: "false"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := small()
			tt.change(&in)
			files, findings := genconf.Render(in)
			for _, f := range findings {
				if strings.Contains(f.Key, "detect") || strings.Contains(f.Key, "fault") {
					t.Errorf("finding: %v", f)
				}
			}
			var got []string
			for _, s := range files.Scripts {
				_, method, _ := strings.Cut(string(s.Content), `by the method "`)
				method, _, _ = strings.Cut(method, `"`)
				got = append(got, s.Name+": "+method)
			}
			for line := range strings.Lines(string(files.Config)) {
				if strings.Contains(line, "_filename: ") || strings.HasPrefix(line, "fault") {
					got = append(got, strings.TrimSpace(line))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindingsAboutMethods(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*genconf.Input)
		want   []string
	}{
		{"no such method", func(in *genconf.Input) { in.IPDetect.Word = "rout" },
			[]string{`error: ip_detect: has no method "rout"; take one of route, interface, aws, gce, azure, vagrant, inventory`}},
		{"no name of an interface", func(in *genconf.Input) { in.IPDetect = genconf.Method{Word: "interface", Interface: "eth0'; reboot"} },
			[]string{`error: ip_detect: "eth0'; reboot" is no name of a network interface; write interface and a name, as in: interface eth1`}},
		{"IPv6 before 1.12", func(in *genconf.Input) { in.IP6Detect.Word, in.Version = "route", "1.11.4" },
			[]string{"error: ip6_detect: is possible with DC/OS 1.12 and later; remove it"}},
		{"fault domains in the open release", func(in *genconf.Input) { in.FaultDomainDetect.Word = "aws" },
			[]string{"warning: fault_domain_detect: is not used by the open release; remove it, or set enterprise_dcos: true"}},
		{"on and off", func(in *genconf.Input) {
			in.Enterprise, in.FaultDomainDetect.Word, in.Config["fault_domain_enabled"] = true, "none", true
		}, []string{"error: fault_domain_detect: is none, but fault_domain_enabled says that DC/OS is to ask for fault domains; remove one of them"}},
		{"off and on", func(in *genconf.Input) {
			in.Enterprise, in.FaultDomainDetect.Word, in.Config["fault_domain_enabled"] = true, "aws", false
		}, []string{"error: fault_domain_detect: chooses a method, but fault_domain_enabled is false; remove one of them"}},
		{"a file that is named and not made", func(in *genconf.Input) { in.Config["ip_detect_public_filename"] = "genconf/ip-detect-public" },
			[]string{"error: ip_detect_public_filename: names a script that there is not; remove it, or choose a method by dcos.ip_detect_public"}},
		{"a name that would break the script", func(in *genconf.Input) {
			in.IPDetectPublic.Word, in.Nodes = "inventory", []genconf.Node{{Address: "10.0.0.11", Public: "a\nEND\nreboot"}}
		}, []string{`error: ip_detect_public: cannot take "a\nEND\nreboot" from the inventory; use letters, digits and . _ : / - only`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := small()
			tt.change(&in)
			_, findings := genconf.Render(in)
			got := slices.DeleteFunc(lines(findings), func(l string) bool { return !strings.Contains(l, "detect") })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnvironmentOf(t *testing.T) {
	for _, tt := range []struct {
		name string
		dmi  genconf.DMI
		want genconf.Environment
	}{
		{"AWS Nitro", genconf.DMI{Vendor: "Amazon EC2", Product: "m5.large", BIOSVersion: "1.0", AssetTag: "Amazon EC2"}, genconf.AWS},
		{"AWS bare metal", genconf.DMI{Vendor: "Amazon EC2", Product: "i3.metal", BIOSVersion: "1.0"}, genconf.AWS},
		{"AWS Xen", genconf.DMI{Vendor: "Xen", Product: "HVM domU", ProductVersion: "4.2.amazon", BIOSVersion: "4.2.amazon"}, genconf.AWS},
		{"AWS Xen, where only the BIOS tells", genconf.DMI{Vendor: "Xen", Product: "HVM domU", BIOSVersion: "4.11.Amazon"}, genconf.AWS},
		{"Xen elsewhere", genconf.DMI{Vendor: "Xen", Product: "HVM domU", ProductVersion: "4.7.1", BIOSVersion: "4.7.1"}, ""},
		{"Google", genconf.DMI{Vendor: "Google", Product: "Google Compute Engine", BIOSVersion: "Google"}, genconf.GCE},
		{"a Chromebook", genconf.DMI{Vendor: "Google", Product: "Eve", BIOSVersion: "Google_Eve.9584.160.0"}, ""},
		{"Azure", genconf.DMI{Vendor: "Microsoft Corporation", Product: "Virtual Machine", AssetTag: "7783-7084-3265-9085-8269-3286-77"}, genconf.Azure},
		{"Hyper-V on one's own machine", genconf.DMI{Vendor: "Microsoft Corporation", Product: "Virtual Machine", AssetTag: "5620-9988-2190"}, ""},
		{"a machine of one's own", genconf.DMI{Vendor: "Dell Inc.", Product: "PowerEdge R640", BIOSVersion: "2.4.8"}, ""},
		{"VirtualBox", genconf.DMI{Vendor: "innotek GmbH", Product: "VirtualBox", BIOSVersion: "VirtualBox"}, ""},
		{"nothing to read", genconf.DMI{}, ""},
	} {
		if got := genconf.EnvironmentOf(tt.dmi); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCommonEnvironment(t *testing.T) {
	for _, tt := range []struct {
		all  []genconf.Environment
		want genconf.Environment
	}{
		{nil, ""},
		{[]genconf.Environment{genconf.AWS, genconf.AWS}, genconf.AWS},
		{[]genconf.Environment{genconf.AWS, ""}, ""},
		{[]genconf.Environment{"", genconf.AWS}, ""},
		{[]genconf.Environment{genconf.AWS, genconf.GCE}, ""},
	} {
		if got := genconf.CommonEnvironment(tt.all); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.all, got, tt.want)
		}
	}
}
