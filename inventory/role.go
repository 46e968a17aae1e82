package inventory

// Role is the part that a node plays in a cluster. The words are those that a
// person reads in tables and messages.
type Role string

// The roles of DC/OS, in the order in which they are installed.
const (
	RoleBootstrap   Role = "bootstrap"
	RoleMaster      Role = "master"
	RoleAgent       Role = "agent"
	RolePublicAgent Role = "public agent"
)

// InstallWord is the argument that dcos_install.sh takes for the role. It is
// empty for the bootstrap node, which DC/OS is not installed on.
func (r Role) InstallWord() string {
	switch r {
	case RoleMaster:
		return "master"
	case RoleAgent:
		return "slave"
	case RolePublicAgent:
		return "slave_public"
	}
	return ""
}
