package genconf

// Switches that more than one key hangs on.
var (
	onStatic       = []condition{is("master_discovery", "static")}
	onLoadBalancer = []condition{is("master_discovery", "master_http_loadbalancer")}
	onZooKeeper    = []condition{is("exhibitor_storage_backend", "zookeeper")}
	onS3           = []condition{is("exhibitor_storage_backend", "aws_s3")}
	onAzure        = []condition{is("exhibitor_storage_backend", "azure")}
	onExhibitor    = []condition{is("exhibitor_storage_backend", "static", "zookeeper", "aws_s3", "azure", "shared_filesystem")}
	onProxy        = []condition{is("use_proxy", "true")}
	onS3Keys       = []condition{is("exhibitor_explicit_keys", "true")}
)

// clusterKeys say what the cluster is: its name, its masters, where its install files lie, where Exhibitor keeps what
// the masters share.
func clusterKeys() []key {
	return []key{
		{name: "bootstrap_id", def: "from the release"},
		{name: "bootstrap_tmp_dir", def: "tmp"},
		{name: "bootstrap_url", kind: required, rule: bootstrapURL},
		{name: "bootstrap_variant", def: "from the release", rule: variant, copy: anew},
		{name: "cluster_name", kind: required, rule: clusterName},

		{name: "master_discovery", kind: required, rule: oneOf("static", "master_http_loadbalancer")},
		{name: "master_list", kind: required, rule: masterList, copy: lineTail,
			when: []condition{is("master_discovery", "static"), is("exhibitor_storage_backend", "static")}},
		{name: "num_masters", kind: required, rule: masterCount, when: onLoadBalancer, fixed: onStatic, copy: lineTail},
		{name: "master_external_loadbalancer", copy: lineTail},

		{name: "exhibitor_storage_backend", kind: required,
			rule: oneOf("static", "zookeeper", "aws_s3", "azure", "shared_filesystem", "agent_only_group_no_exhibitor")},
		{name: "exhibitor_address", kind: required, when: onLoadBalancer},
		{name: "exhibitor_zk_hosts", kind: required, rule: zkHosts, when: onZooKeeper, copy: lineTail},
		{name: "exhibitor_zk_path", kind: required, rule: absolutePath, when: onZooKeeper, copy: lineTail},
		{name: "aws_region", kind: required, when: onS3, copy: lineTail},
		{name: "s3_bucket", kind: required, when: onS3, copy: lineTail},
		{name: "s3_prefix", kind: required, rule: s3Prefix, when: onS3, copy: lineTail},
		{name: "exhibitor_explicit_keys", kind: required, rule: boolean, when: onS3},
		{name: "aws_access_key_id", kind: required, when: onS3Keys, copy: lineTail},
		{name: "aws_secret_access_key", when: onS3Keys, copy: lineTail},
		{name: "exhibitor_azure_account_name", kind: required, when: onAzure, copy: lineTail},
		{name: "exhibitor_azure_account_key", when: onAzure, copy: lineTail},
		{name: "exhibitor_azure_prefix", kind: required, when: onAzure, copy: lineTail},
		{name: "exhibitor_fs_config_dir", kind: required, when: []condition{is("exhibitor_storage_backend", "shared_filesystem")}, copy: lineTail},
		{name: "exhibitor_admin_password"},
		{name: "exhibitor_bootstrap_ca_url", since: 200, rule: caURL, when: onExhibitor, copy: lineTail},
		{name: "exhibitor_tls_enabled", since: 200, def: "false", rule: boolean, when: onExhibitor},
		{name: "exhibitor_tls_required", since: 200, def: "false", rule: boolean, when: onExhibitor},
		{name: "zk_client_port", since: 201, def: "2181", rule: clientPort},

		{name: "use_proxy", def: "false", rule: boolean},
		{name: "http_proxy", kind: required, when: onProxy, copy: lineTail},
		{name: "https_proxy", kind: required, when: onProxy, copy: lineTail},
		{name: "no_proxy", kind: required, rule: proxyExceptions, when: onProxy, copy: anew},

		{name: "ip_detect_contents", def: "the content of ip_detect_filename"},
		{name: "ip_detect_filename", def: ipDetectFile, copy: anew},
		{name: "ip_detect_public_contents", def: "the content of ip_detect_public_filename"},
		{name: "ip_detect_public_filename", copy: anew},
		{name: "ip6_detect_contents", since: 112, def: "the content of ip6_detect_filename"},
		{name: "ip6_detect_filename", since: 112, when: []condition{absent("ip6_detect_contents")}, copy: anew},
		{name: "fault_domain_detect_contents", def: "the content of fault_domain_detect_filename", copy: unread},
		{name: "fault_domain_detect_filename", def: faultDomainFile, copy: unread},
		{name: "license_key_contents", copy: unread},

		{name: "channel_name", copy: unread},
		{name: "os_type", copy: unread},
		{name: "aws_masters_have_public_ip", copy: unread},
		{name: "platform", def: "onprem"},
	}
}
