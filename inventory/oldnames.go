package inventory

import (
	"reflect"
	"slices"
	"strings"
)

// oldName is a variable of ansible-dcos, and the key below dcos that means the
// same; config.* is what goes into config.yaml.
type oldName struct {
	name, key string
	// enterprise ones count with DC/OS Enterprise only: people leave them in.
	enterprise bool
}

// oldNames are those that are read. The first four are known from the command
// lines of workshops as well, such as -e dcos_version=dcos-1.11.
var oldNames = [...]oldName{
	{name: "dcos_version", key: keyVersion},
	{name: "dcos_download", key: keyDownload},
	{name: "dcos_download_checksum", key: keyChecksum},
	{name: "dcos_cluster_name", key: "config.cluster_name"},
	{name: "dcos_deploy_ee_package", key: keyEnterprise},
	{name: "dcos_upgrade_from_version", key: keyUpgradeFrom},
	{name: "dcos_selinux_mode", key: keySELinux},
	{name: "dcos_iaas_target", key: "ip_detect"},
	{name: "dcos_exhibitor", key: "config.exhibitor_storage_backend"},
	{name: "dcos_exhibitor_address", key: "config.exhibitor_address"},
	{name: "dcos_exhibitor_azure_account_name", key: "config.exhibitor_azure_account_name"},
	{name: "dcos_exhibitor_azure_account_key", key: "config.exhibitor_azure_account_key"},
	{name: "dcos_exhibitor_azure_prefix", key: "config.exhibitor_azure_prefix"},
	{name: "dcos_aws_access_key_id", key: "config.aws_access_key_id"},
	{name: "dcos_aws_secret_access_key", key: "config.aws_secret_access_key"},
	{name: "dcos_aws_region", key: "config.aws_region"},
	{name: "dcos_s3_bucket", key: "config.s3_bucket"},
	{name: "dcos_s3_prefix", key: "config.s3_prefix"},
	{name: "dcos_resolvers", key: "config.resolvers"},
	{name: "dcos_dns_search", key: "config.dns_search"},
	{name: "dcos_ee_security", key: "config.security", enterprise: true},
	{name: "dcos_ee_license_key_contents", key: "config.license_key_contents", enterprise: true},
	{name: "dcos_ee_superuser_username", key: "config.superuser_username", enterprise: true},
	{name: "dcos_ee_superuser_password_hash", key: "config.superuser_password_hash", enterprise: true},
}

// OldName is a variable of ansible-dcos that an inventory has.
type OldName struct {
	// Name is the variable, Key what it is called below dcos.
	Name, Key string
	// Pos is where its value stands.
	Pos Pos
}

// derivedNames are variables of ansible-dcos for what dcosup finds out.
var derivedNames = []string{"dcos_bootstrap_ip", "dcos_master_list", "dcos_port_webserver"}

// withOldNames returns the variable dcos with what the old names say. What is
// said by both, and differently, is an error. ok is false if nobody says anything.
func (b *clusterBuilder) withOldNames(bootstrap *Node, dcos Value, has bool) (v Value, ok bool) {
	b.mistypedOldNames(bootstrap)
	said, isMap := dcos.Data.(*Map)
	if has && dcos.Data != nil && !isMap {
		return dcos, true // which is an error, told elsewhere
	}
	merged := &Map{}
	merged.Merge(said)
	config := &Map{}
	if c, ok := merged.Get(keyConfig); ok {
		m, isMap := c.Data.(*Map)
		if !isMap && c.Data != nil {
			return dcos, has
		}
		config.Merge(m)
	}
	took := Pos{}
	for _, o := range oldNames {
		old, ok := bootstrap.Vars[o.name]
		if !ok || old.Data == nil || !b.sameEverywhere(o.name, old) {
			continue
		}
		if o.enterprise && !b.boolean(merged, keyEnterprise, false) {
			continue
		}
		if old, ok = b.translated(o, old); !ok || o.name == "dcos_iaas_target" && detects(merged, config) {
			continue
		}
		into, key := merged, o.key
		if name, inConfig := strings.CutPrefix(key, "config."); inConfig {
			into, key = config, name
		}
		b.takeOld(o, old, into, key)
		took = firstValid(took, old.Pos)
		b.c.OldNames = append(b.c.OldNames, OldName{Name: o.name, Key: o.key, Pos: old.Pos})
	}
	if !took.IsValid() {
		return dcos, has
	}
	if config.Len() > 0 {
		c, _ := merged.Get(keyConfig)
		merged.SetAt(keyConfig, Value{Data: config, Pos: firstValid(c.Pos, took), Secret: c.Secret}, merged.KeyPos(keyConfig))
	}
	return Value{Data: merged, Pos: firstValid(dcos.Pos, took), Secret: dcos.Secret}, true
}

// detects tells whether it is said how nodes find their address: that counts for
// more than where they run.
func detects(dcos, config *Map) bool {
	_, method := dcos.Get("ip_detect")
	_, script := config.Get("ip_detect_contents")
	return method || script
}

// takeOld sets a key to what an old name says, unless the key is there.
func (b *clusterBuilder) takeOld(o oldName, old Value, into *Map, key string) {
	v, ok := into.Get(key)
	if !ok || v.Data == nil {
		into.SetAt(key, old, old.Pos)
		return
	}
	switch {
	case key == keyVersion && sameRelease(old, v):
		if text, _ := v.Text(); strings.Count(text, ".") < 2 {
			into.SetAt(key, old, old.Pos)
		}
	case reflect.DeepEqual(old.Plain(), v.Plain()):
	case key == keyEnterprise && b.sameBoolean(old, v):
	default:
		b.hintf(old.Pos, "say it once, as "+keyDCOS+"."+o.key, "%s is the old name of %s.%s, which is another one at %s", o.name, keyDCOS, o.key, v.Pos)
	}
}

// sameRelease tells whether two versions can be meant together: 1.11 is that of 1.11.10.
func sameRelease(a, b Value) bool {
	x, _ := a.Text()
	y, _ := b.Text()
	if len(x) > len(y) {
		x, y = y, x
	}
	return x != "" && (x == y || strings.HasPrefix(y, x+"."))
}

func (b *clusterBuilder) sameBoolean(x, y Value) bool {
	m := &Map{}
	m.Set("x", x)
	m.Set("y", y)
	return b.boolean(m, "x", false) == b.boolean(m, "y", false)
}

// sameEverywhere tells whether all nodes have the same value of an old name, and
// reports the first that has not.
func (b *clusterBuilder) sameEverywhere(name string, want Value) bool {
	want, _ = b.inv.hosts[b.c.Bootstrap().Name].vars.Get(name) // as it was written
	for _, n := range b.c.Nodes {
		got, _ := b.inv.hosts[n.Name].vars.Get(name)
		if got.Pos == want.Pos || reflect.DeepEqual(got.Plain(), want.Plain()) {
			continue
		}
		b.hintf(firstValid(got.Pos, n.Pos), "set it once, in group_vars/all.yml", "%s of %q differs from that of the bootstrap node at %s", name, n.Name, want.Pos)
		return false
	}
	return true
}

// translated is the value of an old name as the new one has it. ok is false if
// it says what is so anyhow.
func (b *clusterBuilder) translated(o oldName, v Value) (Value, bool) {
	text, isText := v.Data.(string)
	if !isText {
		return v, true
	}
	switch o.name {
	case "dcos_version":
		v.Data = strings.TrimPrefix(text, "dcos-")
	case "dcos_dns_search":
		return v, text != "None" && text != "" // what ansible-dcos has for none
	case "dcos_iaas_target":
		methods := map[string]string{"aws": "aws", "gcp": "gce", "azure": "azure", "azurerm": "azure"}
		if text == "onprem" {
			return v, false
		}
		if method, ok := methods[text]; ok {
			v.Data = method
			return v, true
		}
		b.hintf(v.Pos, "write onprem, aws, gcp or azure", "%s is %s, which is no place that dcosup knows", o.name, v.shown())
		return v, false
	}
	return v, true
}

// otherNames are variables that begin like old ones, and are of today.
var otherNames = []string{"dcos_requirements", "dcos_fixes"}

// mistypedOldNames warns of variables that nearly have an old name, and of those
// whose values are found out.
func (b *clusterBuilder) mistypedOldNames(bootstrap *Node) {
	known := slices.Clone(derivedNames)
	for _, o := range oldNames {
		known = append(known, o.name)
	}
	for name, v := range bootstrap.Vars {
		switch {
		case slices.Contains(derivedNames, name):
			b.warnf(v.Pos, "remove it", "%s is not used: it is derived from the nodes", words(name))
		case !strings.HasPrefix(name, "dcos_") || slices.Contains(known, name) || slices.Contains(otherNames, name):
		default:
			if meant := Suggest(name, known); meant != "" {
				b.warnf(v.Pos, "did you mean "+meant+"?", "the variable %s is not used", words(name))
			}
		}
	}
}
