package installer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/roles"
)

func TestParseDetectedRefusesWhatMakesNoSense(t *testing.T) {
	for _, answer := range []string{"ip-detect\n", "ip-detect x \"\" \"\"\n", "ip-detect 0 \"*\" \"\"\n", "motd of the day, again\n"} {
		if got, err := parseDetected(answer); err == nil {
			t.Errorf("%q: got %v, want an error", answer, got)
		}
	}
}

// What a script answers is judged by what it is for; what it says on standard
// error explains its failure.
func TestDetectedJudge(t *testing.T) {
	at := genconf.Answer{Addresses: []string{"10.0.0.11", "fd00::11"}, Masters: []string{"10.0.0.11"}, IsMaster: true}
	for _, tc := range []struct {
		name, script string
		answer       detected
		found        string // "": any words
		pass         bool
	}{
		{name: "an address", script: genconf.IPDetect, answer: detected{Stdout: "10.0.0.11\n"}, found: "10.0.0.11", pass: true},
		{name: "another node's", script: genconf.IPDetect, answer: detected{Stdout: "10.0.0.12\n"}},
		{name: "it fails with words", script: genconf.IPDetect, answer: detected{Code: 1, Stderr: "one\nno route\n"}, found: "exit code 1: no route"},
		{name: "it fails without", script: genconf.IPDetect, answer: detected{Code: 2}, found: "exit code 2"},
		{name: "it fails, and prints an address", script: genconf.IPDetect, answer: detected{Code: 1, Stdout: "10.0.0.11\n"}, found: "exit code 1"},
		{name: "a public name", script: genconf.IPDetectPublic, answer: detected{Stdout: "m.example.com\n"}, found: "m.example.com", pass: true},
		{name: "IPv6", script: genconf.IP6Detect, answer: detected{Stdout: "fd00::11\n"}, found: "fd00::11", pass: true},
		{name: "a fault domain without a zone", script: genconf.FaultDomainDetect, answer: detected{Stdout: `{"fault_domain":{"region":{"name":"a"}}}`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, found := tc.answer.judge(genconf.Script{Name: tc.script}, at)
			if (status == roles.Pass) != tc.pass || tc.found != "" && found != tc.found {
				t.Errorf("got %s, %q; want passed %v, %q", status, found, tc.pass, tc.found)
			}
		})
	}
}

// A node without a program that a script calls gets it first.
func TestCanRun(t *testing.T) {
	route := []genconf.Script{{Name: genconf.IPDetect, Content: []byte("#!/bin/sh\nip route\n")}}
	cloud := append(route, genconf.Script{Name: genconf.IPDetectPublic, Content: []byte("#!/bin/sh\ncurl -q http://x\n")})
	for _, tc := range []struct {
		name     string
		scripts  []genconf.Script
		commands map[string]bool
		want     bool
	}{
		{"all is there", cloud, map[string]bool{"ip": true, "curl": true}, true},
		{"curl is missing, and not needed", route, map[string]bool{"ip": true}, true},
		{"curl is missing", cloud, map[string]bool{"ip": true}, false},
		{"ip is missing", route, map[string]bool{"curl": true}, false},
	} {
		if got := canRun(tc.scripts, roles.Facts{Commands: tc.commands}); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

// Every script has words for what it is, what is needed, and what to do.
func TestDetectionWords(t *testing.T) {
	for _, name := range []string{genconf.IPDetect, genconf.IPDetectPublic, genconf.IP6Detect, genconf.FaultDomainDetect} {
		req := roles.Elsewhere(name)
		if req.ID != name || req.Title == "" || req.Why == "" || detectionNeed(name, &inventory.Node{}) == "" || detectionHint(name) == "" {
			t.Errorf("%s: %+v", name, req)
		}
	}
	if diff := cmp.Diff("choose another method by dcos.ip6_detect, or write dcos.config.ip6_detect_contents", detectionHint(genconf.IP6Detect)); diff != "" {
		t.Error(diff)
	}
}
