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

//go:embed restore.sh
var restoreScript string

// RestoreScript returns the script that puts back what fixes changed, as they
// remembered it. It prints a line for each thing; a line that begins with
// RestoreLeft is of something that stays on purpose, such as packages. It can be
// run again, and does nothing where nothing is remembered. It exits with 1 if
// something stayed that should not; standard error says what. On a node that has
// DC/OS it fails, and changes nothing.
func RestoreScript() string { return fragment("journal.sh") + restoreScript }

// RestoreLeft begins RestoreScript's lines of what stays on purpose.
const RestoreLeft = "left "
