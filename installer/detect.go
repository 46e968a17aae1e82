package installer

import (
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

//go:embed scripts/detect.sh
var detectScript string

// detect runs the detection scripts that DC/OS will run on the node, all in one
// round trip, and judges their answers: DC/OS would find a wrong one only when
// its services do not come up. On the bootstrap node there are none; a node
// without the programs that they call gets these first.
func (r *Run) detect(ctx context.Context, n *inventory.Node, f roles.Facts) []roles.Finding {
	scripts := slices.DeleteFunc(slices.Clone(r.wanted.Files.Scripts), func(s genconf.Script) bool { return !r.asked(s.Name) })
	if n.Role == inventory.RoleBootstrap || len(scripts) == 0 || !canRun(scripts, f) {
		return nil
	}
	conn, err := r.conn(ctx, n)
	var answer remote.Result
	if err == nil {
		answer, err = conn.Run(ctx, remote.Command{Name: "try the detection scripts", Script: detectScript, Args: scriptArgs(scripts), Again: true})
	}
	var all map[string]detected
	if err == nil {
		all, err = parseDetected(string(answer.Stdout))
	}
	var findings []roles.Finding
	for _, s := range scripts {
		finding := roles.Finding{Requirement: roles.Elsewhere(s.Name), Need: detectionNeed(s.Name, n)}
		switch d, answered := all[s.Name]; {
		case err != nil:
			finding.Status, finding.Found = roles.Fail, err.Error()
		case !answered:
			finding.Status, finding.Found = roles.Fail, "no answer"
		default:
			finding.Status, finding.Found = d.judge(s, genconf.Answer{Addresses: addressTexts(f.Network.Addresses),
				Masters: r.wanted.Masters, IsMaster: n.Role == inventory.RoleMaster})
		}
		if finding.Status != roles.Pass {
			finding.Hint = detectionHint(s.Name)
		}
		findings = append(findings, r.settings[n.Name].policy.Apply(finding))
	}
	return findings
}

// canRun tells whether a node has the programs that the scripts call and that a
// fix may still bring.
func canRun(scripts []genconf.Script, f roles.Facts) bool {
	calls := func(program string) bool {
		return slices.ContainsFunc(scripts, func(s genconf.Script) bool { return strings.Contains(string(s.Content), program+" ") })
	}
	return f.Commands["ip"] && (f.Commands["curl"] || !calls("curl"))
}

// scriptArgs are the arguments of detect.sh.
func scriptArgs(scripts []genconf.Script) (args []string) {
	for _, s := range scripts {
		args = append(args, s.Name, string(s.Content))
	}
	return args
}

// judge says whether a script's answer is right, and what it was. against is all
// but the output that the answer is held against.
func (d detected) judge(s genconf.Script, against genconf.Answer) (status roles.Status, found string) {
	against.Output = d.Stdout
	if d.Code != 0 {
		return roles.Fail, strings.TrimSuffix(fmt.Sprintf("exit code %d: %s", d.Code, lastLine(d.Stderr)), ": ")
	}
	if err := s.Check(against); err != nil {
		return roles.Fail, err.Error()
	}
	return roles.Pass, strings.TrimSpace(d.Stdout)
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndex(text, "\n")+1:]
}

func detectionNeed(script string, n *inventory.Node) string {
	switch {
	case script == genconf.IPDetectPublic:
		return "one address or name"
	case script == genconf.IP6Detect:
		return "one IPv6 address of the node"
	case script == genconf.FaultDomainDetect:
		return "a region and a zone"
	case n.Role == inventory.RoleMaster:
		return "one IPv4 address of the node, the one in master_list"
	}
	return "one IPv4 address of the node"
}

func detectionHint(script string) string {
	setting := strings.ReplaceAll(script, "-", "_")
	if script == genconf.IPDetect {
		return "give the host a variable private_ip, choose a method by dcos.ip_detect, or write dcos.config.ip_detect_contents for this network"
	}
	return fmt.Sprintf("choose another method by dcos.%s, or write dcos.config.%s_contents", setting, setting)
}

func addressTexts(addrs []netip.Addr) []string {
	var texts []string
	for _, a := range addrs {
		texts = append(texts, a.String())
	}
	return texts
}

// detected is what one detection script answered on a node.
type detected struct {
	Code           int
	Stdout, Stderr string
}

// parseDetected reads the answer of detect.sh: what each script answered, by its name.
func parseDetected(answer string) (map[string]detected, error) {
	all := map[string]detected{}
	for line := range strings.Lines(answer) {
		words := strings.Fields(line)
		if len(words) != 4 {
			return nil, fmt.Errorf("an answer that makes no sense: %.80q", line)
		}
		code, err := strconv.Atoi(words[1])
		if err != nil {
			return nil, fmt.Errorf("an answer that makes no sense: %.80q", line)
		}
		d := detected{Code: code}
		for i, text := range []*string{&d.Stdout, &d.Stderr} {
			decoded, err := base64.StdEncoding.DecodeString(strings.Trim(words[2+i], `"`))
			if err != nil {
				return nil, fmt.Errorf("what %s printed: %w", words[0], err)
			}
			*text = string(decoded)
		}
		all[words[0]] = d
	}
	return all, nil
}
