package inventory

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Detection says by which methods nodes find out about themselves.
type Detection struct {
	// IP, IPPublic, IP6 and FaultDomain are dcos.ip_detect, ip_detect_public,
	// ip6_detect and fault_domain_detect.
	IP, IPPublic, IP6, FaultDomain Method
}

// Method is how a detection script finds its answer.
type Method struct {
	// Word is one of those of the setting; "" if the inventory does not say.
	Word string
	// Interface is the name that follows the word interface.
	Interface string
}

// FromInventory tells that the answer stands in the inventory, by the nodes'
// addresses.
func (m Method) FromInventory() bool { return m.Word == methodInventory }

// String is the method as it is written.
func (m Method) String() string {
	if m.Interface != "" {
		return m.Word + " " + m.Interface
	}
	return m.Word
}

// The words of methods that are treated in a way of their own.
const (
	methodAuto      = "auto"
	methodInterface = "interface"
	methodInventory = "inventory"
)

// detectionSetting is a key of dcos that chooses how a script is made.
type detectionSetting struct {
	key string
	// file is the name of the script in genconf/.
	file  string
	words []string
	// contents is the key of dcos.config with the person's own script.
	contents string
	// needs are the host variables that every node must have for the word
	// inventory.
	needs []string
	// judge judges the host variables of one node for the word inventory.
	judge func(*clusterBuilder, *Node)
	field func(*Detection) *Method
}

// detectionSettings are the keys of dcos that choose methods.
func detectionSettings() []detectionSetting {
	return []detectionSetting{
		{"ip_detect", "ip-detect", []string{"route", methodInterface, "aws", "gce", "azure", "vagrant", methodInventory},
			"ip_detect_contents", nil, nil, func(d *Detection) *Method { return &d.IP }},
		{"ip_detect_public", "ip-detect-public", []string{methodAuto, "none", "aws", "gce", "azure", methodInventory},
			"ip_detect_public_contents", nil, (*clusterBuilder).publicIP, func(d *Detection) *Method { return &d.IPPublic }},
		{"ip6_detect", "ip6-detect", []string{"none", methodInterface, "route", methodInventory},
			"ip6_detect_contents", []string{keyIP6}, (*clusterBuilder).ip6, func(d *Detection) *Method { return &d.IP6 }},
		{"fault_domain_detect", "fault-domain-detect", []string{"none", methodAuto, "aws", "gce", "azure", methodInventory},
			"fault_domain_detect_contents", []string{keyRegion, keyZone}, nil, func(d *Detection) *Method { return &d.FaultDomain }},
	}
}

// detections takes the methods of the detection scripts.
func (b *clusterBuilder) detections(dcos *Map) {
	for _, s := range detectionSettings() {
		m := s.field(&b.c.Detection)
		if v, _ := b.text(dcos, s.key); v.text != "" {
			*m = b.method(s, v)
		}
		b.saidTwice(s, dcos)
		if m.FromInventory() {
			b.needed(s)
		}
	}
}

// method reads a word, and the name behind the word interface. The method is
// empty where it is wrong, which is then reported.
func (b *clusterBuilder) method(s detectionSetting, v scalar) Method {
	fields := strings.Fields(v.text)
	if len(fields) == 0 || !slices.Contains(s.words, fields[0]) {
		hint := "write one of " + strings.Join(s.words, ", ")
		if len(fields) > 0 {
			if meant := Suggest(fields[0], s.words); meant != "" {
				hint = "did you mean " + meant + "?"
			}
		}
		b.hintf(v.pos, hint, "%s has no method %s", s.key, v.shown())
		return Method{}
	}
	m := Method{Word: fields[0]}
	switch {
	case m.Word == methodInterface && len(fields) == 2 && interfaceName.MatchString(fields[1]):
		m.Interface = fields[1]
	case m.Word == methodInterface:
		b.hintf(v.pos, "write interface and the name that ip link shows, as in: interface eth1", "%s needs the name of one network interface, not %s",
			s.key, scalar{text: strings.Join(fields[1:], " "), secret: v.secret}.shown())
		return Method{}
	case len(fields) > 1:
		b.hintf(v.pos, "write "+m.Word+" alone", "%s takes nothing behind %s", s.key, m.Word)
		return Method{}
	}
	return m
}

// interfaceName matches names that Linux gives to network interfaces, which
// have at most 15 characters.
var interfaceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,14}$`)

// saidTwice reports what says twice how a script is made: a method, the text of
// a script, a file. Nobody can tell which is meant. The word auto leaves room for
// a script of one's own.
func (b *clusterBuilder) saidTwice(s detectionSetting, dcos *Map) {
	word := s.field(&b.c.Detection).Word
	text := b.c.Config.KeyPos(s.contents)
	file := Pos{}
	if i := slices.IndexFunc(b.c.GenconfFiles, func(f GenconfFile) bool { return f.Name == s.file }); i >= 0 {
		file = b.c.GenconfFiles[i].Pos
	}
	if text.IsValid() && file.IsValid() {
		b.hintf(text, "remove one of the two", "there are two scripts %s: the text of dcos.config.%s, and the file %s", s.file, s.contents, file)
	}
	if own := firstValid(text, file); own.IsValid() && word != "" && word != methodAuto {
		v, _ := dcos.Get(s.key)
		b.hintf(v.Pos, "remove one of the two", "dcos.%s chooses a method, but there is a script of your own: %s", s.key, own)
	}
}

// needed judges what the method inventory takes from the hosts' variables, and
// reports nodes that lack what every node must have. Without that method,
// variables of these names are somebody else's.
func (b *clusterBuilder) needed(s detectionSetting) {
	for _, n := range b.c.Nodes {
		if n.Role == RoleBootstrap {
			continue
		}
		if s.judge != nil {
			s.judge(b, n)
		}
		for _, name := range s.needs {
			if v, _ := n.Vars[name].Text(); v == "" && !b.template(name, n.Vars[name]) {
				b.hintf(n.Pos, "add "+name+"=... to the host", "%s %q has no variable %s, which dcos.%s: %s needs of every node",
					n.Role, n.Name, name, s.key, methodInventory)
			}
		}
	}
}

// The host variables that tell of a node what it cannot find out by itself.
const (
	keyPublicIP = "public_ip"
	keyIP6      = "ip6"
	keyRegion   = "fault_domain_region"
	keyZone     = "fault_domain_zone"
)

var (
	hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	// domainName is a name of a region or zone: it becomes an attribute of a
	// Mesos agent, and part of a script.
	domainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	// onlyDigits finds addresses that were mistyped, which look like names.
	onlyDigits = regexp.MustCompile(`^[0-9.]+$`)
)

// identity takes what a host's variables tell of the node.
func (b *clusterBuilder) identity(vars *Map, n *Node) {
	for key, field := range map[string]*string{keyPublicIP: &n.PublicIP, keyIP6: &n.IP6, keyRegion: &n.Region, keyZone: &n.Zone} {
		v, _ := vars.Get(key)
		*field, _ = v.Text()
	}
	regions, _ := vars.Get(keyRegion)
	zones, _ := vars.Get(keyZone)
	if !b.template(keyRegion, regions) && !b.template(keyZone, zones) && n.Region+n.Zone == "" {
		return
	}
	for _, part := range []struct{ key, name, other string }{{keyRegion, n.Region, keyZone}, {keyZone, n.Zone, keyRegion}} {
		v, _ := vars.Get(part.key)
		switch {
		case isTrouble(v), !b.readable(part.key, v):
		case part.name == "":
			there, _ := vars.Get(part.other)
			b.hintf(there.Pos, "add "+part.key, "%q has a %s, but no %s", n.Name, part.other, part.key)
		case !domainName.MatchString(part.name):
			b.hintf(v.Pos, "use letters, digits and . _ / -", "%s cannot be %s", part.key, v.shown())
		}
	}
}

// publicIP judges the variable public_ip, which a node need not have.
func (b *clusterBuilder) publicIP(n *Node) {
	v := n.Vars[keyPublicIP]
	addr, err := netip.ParseAddr(n.PublicIP)
	if !b.readable(keyPublicIP, v) || b.template(keyPublicIP, v) || n.PublicIP == "" || err == nil && addr.Is4() {
		return
	}
	if onlyDigits.MatchString(n.PublicIP) || !hostname.MatchString(n.PublicIP) {
		b.hintf(v.Pos, "write it as 192.0.2.1, or as a name", "public_ip must be an IPv4 address or a name, not %s", v.shown())
	}
}

// ip6 judges the variable ip6.
func (b *clusterBuilder) ip6(n *Node) {
	v := n.Vars[keyIP6]
	if !b.readable(keyIP6, v) || b.template(keyIP6, v) || n.IP6 == "" {
		return
	}
	addr, err := netip.ParseAddr(n.IP6)
	if err != nil || !addr.Is6() || addr.Is4In6() || addr.Zone() != "" || addr.IsLinkLocalUnicast() || addr.IsLoopback() {
		b.hintf(v.Pos, "write it as 2001:db8::1", "ip6 must be an IPv6 address that other nodes can reach, not %s", v.shown())
	}
}
