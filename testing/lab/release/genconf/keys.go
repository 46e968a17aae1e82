package genconf

import "strings"

// Every key that the generator of DC/OS 2.1 knows for a cluster on given machines, by kind. Keys in none of the lists
// are ignored without a word, as the real generator does.

// computedKeys are worked out by the generator. A configuration that sets one is refused.
var computedKeys = strings.Fields(`
	adminrouter_tls_cipher_override adminrouter_tls_version_override check_config_contents
	cluster_package_list_id cluster_packages config_package_names config_yaml config_yaml_full expanded_config
	expanded_config_full template_filenames
	check_ld_library_path check_search_path cluster_docker_credentials_path cluster_docker_registry_enabled
	curly_pound custom_auth custom_check_bins_dir custom_check_bins_hash custom_check_bins_package_id
	custom_check_bins_package_name custom_check_bins_provided dcos_gen_resolvconf_search_str dcos_image_commit
	dcos_l4lb_forward_metrics dcos_l4lb_max_named_ip6_erltuple dcos_l4lb_max_named_ip_erltuple
	dcos_l4lb_min_named_ip6_erltuple dcos_l4lb_min_named_ip_erltuple dcos_variant dcos_version
	dns_bind_ip_blacklist_json exhibitor_admin_password_enabled exhibitor_port exhibitor_static_ensemble
	fair_sharing_excluded_resource_names fault_domain_enabled has_marathon_gpu_scheduling_behavior
	has_marathon_new_group_enforce_role has_master_external_loadbalancer has_mesos_default_container_shm_size
	has_mesos_seccomp_profile_name has_metronome_gpu_scheduling_behavior licensing_enabled marathon_port
	master_quorum mesos_agent_log_file mesos_agent_port mesos_dns_port mesos_dns_resolvers_str mesos_hooks
	mesos_isolation mesos_log_directory_max_files mesos_log_retention_count mesos_master_log_file
	mesos_master_port metronome_port no_proxy_final num_masters package_ids profile_symlink_source
	profile_symlink_target profile_symlink_target_dir provider resolvers_str rexray_config_contents ui_branding
	ui_external_links ui_telemetry_metadata use_mesos_hooks
`)

// optionalKeys have a default.
var optionalKeys = strings.Fields(`
	_superuser_service_account_public_key_json adminrouter_auth_enabled adminrouter_grpc_proxy_port
	adminrouter_tls_1_0_enabled adminrouter_tls_1_1_enabled adminrouter_tls_1_2_enabled
	adminrouter_tls_cipher_suite adminrouter_x_frame_options auth_cookie_secure_flag aws_secret_access_key
	bootstrap_id bootstrap_tmp_dir bootstrap_variant calico_enabled calico_ipinip_mtu calico_network_cidr
	calico_veth_mtu calico_vxlan_enabled calico_vxlan_mtu calico_vxlan_port calico_vxlan_vni check_config
	check_time cluster_docker_credentials cluster_docker_credentials_dcos_owned
	cluster_docker_credentials_enabled cluster_docker_credentials_write_to_etc cluster_docker_registry_url
	custom_checks dcos_cni_data_dir dcos_l4lb_enable_ipset dcos_l4lb_enable_ipv6 dcos_l4lb_max_named_ip
	dcos_l4lb_max_named_ip6 dcos_l4lb_min_named_ip dcos_l4lb_min_named_ip6 dcos_net_cluster_identity
	dcos_net_push_ops_timeout dcos_net_rest_enable dcos_net_watchdog dcos_overlay_config_attempts
	dcos_overlay_enable dcos_overlay_mtu dcos_overlay_network dcos_overlay_network6_default_name
	dcos_overlay_network_default_name dcos_overlay_network_json dcos_remove_dockercfg_enable
	dcos_ucr_default_bridge_network_name dcos_ucr_default_bridge_subnet diagnostics_bundles_dir
	dns_bind_ip_blacklist dns_bind_ip_reserved dns_forward_zones dns_search docker_remove_delay
	docker_stop_timeout enable_docker_gc enable_gpu_isolation enable_ipv6 enable_lb enable_mesos_input_plugin
	enable_mesos_ipv6_discovery exhibitor_admin_password exhibitor_azure_account_key exhibitor_bootstrap_ca_url
	exhibitor_tls_enabled exhibitor_tls_required fault_domain_detect_contents fault_domain_detect_filename
	gc_delay gpus_are_scarce intercom_enabled ip6_detect_contents ip6_detect_filename ip_detect_contents
	ip_detect_filename ip_detect_public_contents ip_detect_public_filename license_key_contents log_offers
	marathon_gpu_scheduling_behavior marathon_java_args marathon_new_group_enforce_role master_dns_bindall
	master_external_loadbalancer mesos_agent_work_dir mesos_cgroups_enable_cfs mesos_cni_root_dir_persist
	mesos_container_log_sink mesos_default_container_shm_size mesos_disallow_sharing_agent_ipc_namespace
	mesos_dns_ip_sources mesos_dns_set_truncate_bit mesos_docker_volume_chown
	mesos_http_executor_domain_sockets mesos_log_retention_mb mesos_logrotate_file_size_mb
	mesos_master_work_dir mesos_max_completed_frameworks mesos_max_completed_tasks_per_framework
	mesos_recovery_timeout mesos_seccomp_enabled mesos_seccomp_profile_name metronome_gpu_scheduling_behavior
	no_proxy oauth_auth_host oauth_auth_redirector oauth_available oauth_client_id oauth_enabled
	oauth_issuer_url platform resolvers rexray_config rexray_config_preset superuser_service_account_public_key
	superuser_service_account_uid telemetry_enabled ui_banner ui_banner_background_color ui_banner_dismissible
	ui_banner_footer_content ui_banner_foreground_color ui_banner_header_content ui_banner_header_title
	ui_banner_image_path ui_tracking ui_update_enabled use_proxy weights zk_client_port
`)

// requiredKeys have no default; each is needed only in the branch that uses it.
var requiredKeys = strings.Fields(`
	aws_access_key_id aws_region bootstrap_url cluster_name custom_auth_json exhibitor_address
	exhibitor_azure_account_name exhibitor_azure_prefix exhibitor_explicit_keys exhibitor_fs_config_dir
	exhibitor_storage_backend exhibitor_zk_hosts exhibitor_zk_path http_proxy https_proxy master_discovery
	master_list s3_bucket s3_prefix
`)

// booleanKeys take exactly the words true and false.
var booleanKeys = strings.Fields(`
	oauth_enabled oauth_available telemetry_enabled check_time enable_lb enable_ipv6 master_dns_bindall
	mesos_dns_set_truncate_bit dcos_overlay_enable dcos_remove_dockercfg_enable enable_gpu_isolation gpus_are_scarce
	dcos_net_cluster_identity dcos_net_rest_enable dcos_net_watchdog dcos_l4lb_enable_ipv6 dcos_l4lb_enable_ipset
	cluster_docker_credentials_enabled cluster_docker_credentials_dcos_owned
	cluster_docker_credentials_write_to_etc adminrouter_tls_1_0_enabled adminrouter_tls_1_1_enabled
	adminrouter_tls_1_2_enabled mesos_cni_root_dir_persist use_proxy enable_docker_gc log_offers
	enable_mesos_ipv6_discovery enable_mesos_input_plugin auth_cookie_secure_flag mesos_seccomp_enabled
	exhibitor_tls_enabled exhibitor_tls_required mesos_docker_volume_chown
	mesos_disallow_sharing_agent_ipc_namespace calico_enabled calico_vxlan_enabled mesos_cgroups_enable_cfs
	mesos_http_executor_domain_sockets
`)

// secretKeys are masked in the copy of the configuration that the cluster is served.
var secretKeys = strings.Fields(`
	cluster_docker_credentials exhibitor_admin_password exhibitor_azure_account_key aws_secret_access_key
`)

// defaults of the optional keys that a rule, the serve tree or a node reads.
var defaults = map[string]string{
	"adminrouter_tls_1_0_enabled":          "false",
	"adminrouter_tls_1_1_enabled":          "false",
	"adminrouter_tls_1_2_enabled":          "true",
	"bootstrap_tmp_dir":                    "tmp",
	"calico_enabled":                       "true",
	"calico_network_cidr":                  "172.29.0.0/16",
	"check_time":                           "true",
	"cluster_docker_credentials":           "{}",
	"cluster_docker_credentials_enabled":   "false",
	"dcos_l4lb_enable_ipv6":                "true",
	"calico_vxlan_enabled":                 "true",
	"custom_checks":                        "{}",
	"dcos_overlay_enable":                  "true",
	"dcos_overlay_network":                 defaultOverlays,
	"dcos_overlay_network_default_name":    "dcos",
	"enable_ipv6":                          "true",
	"exhibitor_tls_required":               "false",
	"ip_detect_filename":                   "genconf/ip-detect",
	"mesos_agent_work_dir":                 "/var/lib/mesos/slave",
	"mesos_master_work_dir":                "/var/lib/dcos/mesos/master",
	"oauth_available":                      "true",
	"oauth_enabled":                        "true",
	"rexray_config":                        `{"rexray": {"loglevel": "info", "modules": {"default-docker": {"disabled": true}}}}`,
	"superuser_service_account_public_key": "",
	"superuser_service_account_uid":        "",
	"use_proxy":                            "false",
}
