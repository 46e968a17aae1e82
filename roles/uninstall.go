package roles

import _ "embed"

//go:embed uninstall.sh
var uninstallScript string

// ResolvBackup is where UninstallScript looks for the node's /etc/resolv.conf
// from before DC/OS. Who installs DC/OS copies it there first, once.
const ResolvBackup = "/var/lib/dcosup/backup/resolv.conf"

// UninstallScript returns the script that removes DC/OS from a node, and nothing
// else. It prints what it removed, a line each; it can be run again, and on a
// node that never had DC/OS it does nothing. It exits with 1 if something
// stayed; standard error says what.
func UninstallScript() string { return uninstallScript }
