package inventory

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// The keys of the variable dcos, which are those of dcos-ansible.
const (
	keyDCOS        = "dcos"
	keyDownload    = "download"
	keyChecksum    = "download_checksum"
	keyVersion     = "version"
	keyImageCommit = "image_commit"
	keyEnterprise  = "enterprise_dcos"
	keySELinux     = "selinux_mode"
	keyConfig      = "config"
	// keyUpgradeFrom is accepted because inventories have it, and not used:
	// the versions to upgrade from are found on the nodes.
	keyUpgradeFrom = "version_to_upgrade_from"

	keyClusterName = "cluster_name"
)

// readElsewhere are variables that change what nodes are held against, and how they
// are fixed. They are read where the requirements are.
var readElsewhere = []string{"dcos_requirements", "dcos_fixes"}

// dcosHint shows what the smallest settings look like.
const dcosHint = "in group_vars/all.yml, write dcos: with download: and, below config:, cluster_name:"

// settings judges the variable dcos. It is a setting of the cluster, so that
// every node must have the same one; the bootstrap node's is taken.
func (b *clusterBuilder) settings() {
	bootstrap := b.c.Bootstrap()
	if bootstrap == nil {
		// Whose variable it would be is unknown, and its absence is an error already.
		return
	}
	v, ok := bootstrap.Vars[keyDCOS]
	if !b.same(bootstrap, v, ok) {
		return
	}
	b.evaluate(bootstrap)
	v, ok = bootstrap.Vars[keyDCOS]
	v, ok = b.withOldNames(bootstrap, v, ok)
	if !ok || v.Data == nil {
		b.hintf(v.Pos, dcosHint, "the variable dcos, which says what to install, is not set")
		return
	}
	if !b.readable(keyDCOS, v) || b.template(keyDCOS, v) {
		return
	}
	m, ok := v.Data.(*Map)
	if !ok {
		b.hintf(v.Pos, dcosHint, "dcos must be a mapping, not %s", v.kind())
		return
	}
	b.unknownKeys(m)
	b.release(m, v.Pos)
	if s, ok := b.text(m, keySELinux); ok {
		b.selinux(s)
	}
	b.config(m, v.Pos)
	b.detections(m)
	b.superuser(m)
}

// evaluate evaluates the templates of the variables that are settings of the
// cluster, where they are the bootstrap node's.
func (b *clusterBuilder) evaluate(bootstrap *Node) {
	h := b.inv.hosts[bootstrap.Name]
	names := []string{keyDCOS}
	for _, o := range oldNames {
		names = append(names, o.name)
	}
	for _, name := range names {
		v, ok := bootstrap.Vars[name]
		if !ok {
			continue
		}
		if v = b.eval.evaluated(h, name, v); v.Data == omitted {
			delete(bootstrap.Vars, name)
			continue
		}
		bootstrap.Vars[name] = v
	}
}

// same tells whether all nodes have the same variable dcos, and reports the
// first that does not.
func (b *clusterBuilder) same(bootstrap *Node, want Value, has bool) bool {
	for _, n := range b.c.Nodes {
		got, ok := n.Vars[keyDCOS]
		// What was combined has the place of its last part.
		written := got.Pos == want.Pos && !b.inv.opts.MergeHashes
		switch {
		case ok == has && (written || reflect.DeepEqual(got.Plain(), want.Plain())):
			continue
		case !has:
			b.hintf(got.Pos, "move it to group_vars/all.yml, so that all nodes have it",
				"the variable dcos is set for %s %q, but not for the bootstrap node", n.Role, n.Name)
		case !ok:
			b.hintf(want.Pos, "move it to group_vars/all.yml, so that all nodes have it",
				"the variable dcos is set for the bootstrap node, but not for %s %q", n.Role, n.Name)
		default:
			b.hintf(got.Pos, "set it once, in group_vars/all.yml",
				"the variable dcos of %q differs from that of the bootstrap node at %s", n.Name, want.Pos)
		}
		return false
	}
	return true
}

// unknownKeys reports keys of dcos that mean nothing, and what was meant.
func (b *clusterBuilder) unknownKeys(m *Map) {
	known := []string{keyDownload, keyChecksum, keyVersion, keyImageCommit, keyEnterprise, keySELinux, keyConfig, keyUpgradeFrom, keySuperuserPassword}
	for _, s := range detectionSettings() {
		known = append(known, s.key)
	}
	for _, key := range m.Keys() {
		if slices.Contains(known, key) {
			continue
		}
		hint := "what belongs into config.yaml stands below config:"
		if meant := Suggest(key, known); meant != "" {
			hint = "did you mean " + meant + "?"
		}
		b.hintf(m.KeyPos(key), hint, "dcos has no setting %q", key)
	}
	if m.KeyPos(keyUpgradeFrom).IsValid() {
		b.warnf(m.KeyPos(keyUpgradeFrom), "remove it", "%s is not used: the versions to upgrade from are found on the nodes", keyUpgradeFrom)
	}
}

var (
	// urlScheme is what makes a download a URL and not a path.
	urlScheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	sha256Hex = regexp.MustCompile(`^(?:sha256:)?([0-9a-fA-F]{64})$`)
)

// release judges what says which DC/OS is wanted.
func (b *clusterBuilder) release(m *Map, pos Pos) {
	r := &b.c.Release
	if s, ok := b.text(m, keyDownload); ok && s.text != "" {
		r.Download = s.text
		if scheme := urlScheme.FindStringSubmatch(s.text); scheme != nil && !slices.Contains([]string{"http", "https", "file"}, strings.ToLower(scheme[1])) {
			b.hintf(s.pos, "use http, https or file, or the path of a file", "the download has the scheme %s, which is not known",
				scalar{text: scheme[1], secret: s.secret}.shown())
		}
	} else if v, _ := m.Get(keyDownload); v.Data == nil || ok {
		b.hintf(firstValid(m.KeyPos(keyDownload), pos), "write download: and the URL or the path of dcos_generate_config.sh",
			"dcos.download, where the installer is, is not set")
	}
	if s, ok := b.text(m, keyChecksum); ok && s.text != "" {
		sum := sha256Hex.FindStringSubmatch(strings.TrimSpace(s.text))
		if sum == nil {
			b.hintf(s.pos, "write sha256: and the 64 hex digits that sha256sum prints", "the checksum %s is not a SHA-256", s.shown())
		} else {
			r.Checksum = strings.ToLower(sum[1])
		}
	}
	r.Version = b.versionText(m, keyVersion)
	r.ImageCommit = b.versionText(m, keyImageCommit)
	r.Enterprise = b.boolean(m, keyEnterprise, false)
}

// firstValid returns the first place that is known.
func firstValid(places ...Pos) Pos {
	for _, p := range places {
		if p.IsValid() {
			return p
		}
	}
	return Pos{}
}

// versionText returns a text that must not have been read as a number: of
// 2.10 without quotes, only 2.1 is left.
func (b *clusterBuilder) versionText(m *Map, key string) string {
	v, _ := m.Get(key)
	switch v.Data.(type) {
	case float64, int64:
		b.hintf(v.Pos, "put it in quotes", "%s was read as a number, by which digits get lost", key)
		return ""
	}
	s, _ := b.text(m, key)
	return s.text
}

// selinux judges the mode of SELinux.
func (b *clusterBuilder) selinux(s scalar) {
	modes := []string{"permissive", "enforcing", "disabled"}
	if slices.Contains(modes, s.text) {
		b.c.SELinuxMode = s.text
		return
	}
	hint := "write permissive, enforcing or disabled"
	if meant := Suggest(s.text, modes); meant != "" {
		hint = "did you mean " + meant + "?"
	}
	b.hintf(s.pos, hint, "%s is no mode of SELinux", s.shown())
}

// config takes dcos.config, which becomes config.yaml and the scripts beside it.
func (b *clusterBuilder) config(dcos *Map, pos Pos) {
	v, ok := dcos.Get(keyConfig)
	if !ok || v.Data == nil {
		b.hintf(firstValid(v.Pos, pos), dcosHint, "dcos.config, which has the name of the cluster, is not set")
		return
	}
	if !b.readable(keyDCOS+"."+keyConfig, v) || b.template(keyDCOS+"."+keyConfig, v) {
		return
	}
	m, ok := v.decrypted().Data.(*Map)
	if !ok {
		b.hintf(v.Pos, dcosHint, "dcos.config must be a mapping, not %s", v.kind())
		return
	}
	for _, key := range m.Keys() {
		value, _ := m.Get(key)
		if b.postponed(key, value, m.KeyPos(key)) {
			continue
		}
		if b.templates(keyDCOS+"."+keyConfig+"."+key, value) {
			b.c.Config.setFrom(m, key)
		} else {
			b.c.unusable = append(b.c.unusable, key)
		}
	}
	b.clusterName(m, v.Pos)
}

// clusterName takes the name of the cluster from the configuration.
func (b *clusterBuilder) clusterName(m *Map, pos Pos) {
	v, _ := m.Get(keyClusterName)
	name, ok := v.Text()
	_, isSealed := v.Data.(*sealed)
	switch {
	case !ok && (isSealed || isTrouble(v)): // reported with the configuration
	case !ok:
		b.errorf(v.Pos, "cluster_name must be a text, not %s", v.kind())
	case strings.TrimSpace(name) == "":
		at, hint := firstValid(v.Pos, pos), "write cluster_name: below config:"
		if mistyped := Suggest(keyClusterName, m.Keys()); mistyped != "" {
			at, hint = m.KeyPos(mistyped), "did you mean cluster_name?"
		}
		b.hintf(at, hint, "dcos.config.cluster_name is not set")
	default:
		b.c.Name = name
	}
}

// templates reports every template in a value that could not be evaluated:
// config.yaml would get it as it stands. It tells whether all of the value could be
// evaluated and decrypted.
func (b *clusterBuilder) templates(name string, v Value) (readable bool) {
	readable = true
	switch d := v.Data.(type) {
	case int64:
		return b.readable(name, v)
	case *trouble:
		return !b.template(name, v)
	case *sealed:
		return b.readable(name, v)
	case []Value:
		for _, item := range d {
			readable = b.templates(name, item) && readable
		}
	case *Map:
		for _, key := range d.Keys() {
			item, _ := d.Get(key)
			readable = b.templates(name+"."+key, item) && readable
		}
	}
	return readable
}
