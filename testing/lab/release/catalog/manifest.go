package catalog

// Manifest describes the release inside the generator's image: the file release.json beside the artifacts.
type Manifest struct {
	// Version is DC/OS's version that the release stands in for.
	Version string `json:"version"`
	// Commit is 40 hexadecimal digits, from the content of the release.
	Commit string `json:"commit"`
	// BootstrapID is the id of the bootstrap archive, 40 hexadecimal digits.
	BootstrapID string `json:"bootstrap_id"`
	// Packages are the ids of the packages that do not depend on a configuration, sorted.
	Packages []string `json:"packages"`
	// Active are the ids of the packages inside the bootstrap archive.
	Active []string `json:"active"`
}

// Settings is what the configuration package tells the services of a node: the file etc/standin.json.
type Settings struct {
	ClusterName string `json:"cluster_name"`
	// Version is DC/OS's version, as in dcos-version.json.
	Version string `json:"version"`
	// Masters are the addresses of all masters. Empty when masters are found through a load balancer: then no
	// ensemble forms, for the stand-in has no storage that masters share.
	Masters []string `json:"masters"`
	// CheckTime makes an unsynchronised clock a failed check.
	CheckTime bool `json:"check_time"`
	// Auth protects what DC/OS protects from callers without a token.
	Auth bool `json:"auth"`
	// ServiceAccount and ServiceAccountKey (RSA, PEM) are the account that can log in without a browser.
	ServiceAccount    string `json:"service_account,omitempty"`
	ServiceAccountKey string `json:"service_account_key,omitempty"`
	AgentWorkDir      string `json:"agent_work_dir"`
	MasterWorkDir     string `json:"master_work_dir"`
}
