package genconf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Made is what an earlier run of the generator worked on.
type Made struct {
	Config []byte            // its config.yaml
	Sums   map[string]string // of every other file in genconf/: its name and its SHA-256 in hex digits
}

// Change is one difference between what a cluster was made from and what is wanted now.
type Change struct {
	Key  string `json:"key"`           // of config.yaml; or the name of another file, such as genconf/ip-detect
	Old  string `json:"old,omitempty"` // in one line, secrets masked; "" where there was none
	New  string `json:"new,omitempty"` // likewise; "" where there is none now
	Rule string `json:"rule"`          // what DC/OS says of changing it once a cluster is installed
	OK   bool   `json:"ok"`            // DC/OS allows it
}

// String is the change in one line: a key, what it was, what it is to be.
func (c Change) String() string {
	switch {
	case c.Old == "":
		return fmt.Sprintf("%s: %s is new", c.Key, c.New)
	case c.New == "":
		return fmt.Sprintf("%s: %s is gone", c.Key, c.Old)
	}
	return fmt.Sprintf("%s: %s → %s", c.Key, c.Old, c.New)
}

// Changes compares what was made with what is wanted, by key, files last. An error means that the old config.yaml is
// not one.
func Changes(old Made, now Files) ([]Change, error) {
	was, err := readConfig(old.Config)
	if err != nil {
		return nil, fmt.Errorf("the config.yaml of the installed cluster: %w", err)
	}
	is, err := readConfig(now.Config)
	if err != nil {
		return nil, fmt.Errorf("the new config.yaml: %w", err)
	}
	var changes []Change
	for _, key := range union(was, is) {
		before, had := was[key]
		after, has := is[key]
		if had == has && reflect.DeepEqual(before, after) {
			continue
		}
		c := Change{Key: key}
		if had {
			c.Old = shorten(now.OneLine(key, before))
		}
		if has {
			c.New = shorten(now.OneLine(key, after))
		}
		if c.Old == c.New {
			c.New += " (another one)"
		}
		c.Rule, c.OK = changeRule(key, after)
		changes = append(changes, c)
	}
	return append(changes, changedFiles(old.Sums, now)...), nil
}

func changedFiles(was map[string]string, now Files) []Change {
	is := map[string]string{}
	for _, f := range now.List() {
		if f.Name != configFile {
			sum := sha256.Sum256(f.Content)
			is[f.Name] = hex.EncodeToString(sum[:])
		}
	}
	var changes []Change
	for _, name := range union(was, is) {
		if was[name] == is[name] {
			continue
		}
		c := Change{Key: "genconf/" + name, Rule: "what DC/OS has read from it stays as it is"}
		if strings.Contains(name, "detect") {
			c.Rule = "possible as long as it prints the same on every node"
		}
		for sum, text := range map[string]*string{was[name]: &c.Old, is[name]: &c.New} {
			if sum != "" {
				*text = "sha256 " + sum[:12]
			}
		}
		changes = append(changes, c)
	}
	return changes
}

// changeRule is what DC/OS's documentation says of changing a key of an installed cluster. Its list is the same from
// 1.8 to 2.2; a change comes to the nodes by upgrading each of them to the version that it has.
func changeRule(key string, to any) (rule string, allowed bool) {
	switch key {
	case "dns_search", "docker_remove_delay", "gc_delay", "resolvers", "telemetry_enabled",
		"use_proxy", "http_proxy", "https_proxy", "no_proxy":
		return "DC/OS allows it, by upgrading every node to the version that it has", true
	case "security":
		return "DC/OS allows it towards more security only: disabled, permissive, strict", to == "permissive" || to == "strict"
	case "master_list", "num_masters", "master_discovery":
		return "a cluster keeps the masters that it was installed with", false
	case "cluster_name":
		return "a cluster keeps its name", false
	}
	if strings.HasPrefix(key, "exhibitor_") {
		return "a cluster keeps its storage backend", false
	}
	return "DC/OS does not name it among what can be changed", false
}

func readConfig(text []byte) (map[string]any, error) {
	config := map[string]any{}
	err := yaml.Unmarshal(text, &config)
	return config, err
}

// union are the keys of both, sorted.
func union[V any](a, b map[string]V) []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(all)
	return slices.Compact(all)
}
