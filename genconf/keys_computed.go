package genconf

import "strings"

// computedKeys are the generator's own. It refuses a configuration that sets one, where it reads it.
func computedKeys() []key {
	always := strings.Fields(`
		adminrouter_tls_cipher_override adminrouter_tls_version_override check_config_contents check_ld_library_path
		check_search_path cluster_docker_registry_enabled cluster_package_list_id cluster_packages config_package_names
		config_yaml config_yaml_full curly_pound custom_auth custom_check_bins_dir custom_check_bins_hash
		custom_check_bins_package_id custom_check_bins_package_name custom_check_bins_provided
		dcos_gen_resolvconf_search_str dcos_image_commit dcos_l4lb_forward_metrics dcos_l4lb_max_named_ip6_erltuple
		dcos_l4lb_max_named_ip_erltuple dcos_l4lb_min_named_ip6_erltuple dcos_l4lb_min_named_ip_erltuple dcos_variant
		dcos_version dns_bind_ip_blacklist_json exhibitor_admin_password_enabled expanded_config expanded_config_full
		fair_sharing_excluded_resource_names fault_domain_enabled has_master_external_loadbalancer licensing_enabled
		marathon_port master_quorum mesos_agent_log_file mesos_dns_resolvers_str mesos_hooks mesos_isolation
		mesos_log_directory_max_files mesos_log_retention_count mesos_master_log_file package_ids
		profile_symlink_source profile_symlink_target profile_symlink_target_dir provider resolvers_str
		rexray_config_contents template_filenames ui_branding ui_external_links ui_telemetry_metadata use_mesos_hooks`)
	keys := []key{
		{name: "cluster_docker_credentials_path", when: []condition{is("cluster_docker_credentials_enabled", "true")}},
		{name: "exhibitor_static_ensemble", when: []condition{is("exhibitor_storage_backend", "static")}},
		{name: "no_proxy_final", when: onProxy},
		{name: "has_mesos_max_completed_tasks_per_framework", until: 200},
		{name: "has_marathon_gpu_scheduling_behavior", since: 113},
		{name: "has_mesos_seccomp_profile_name", since: 113},
		{name: "has_metronome_gpu_scheduling_behavior", since: 113},
		{name: "dcos_dns_store_modes_term", since: 200, until: 200},
		{name: "exhibitor_port", since: 200},
		{name: "has_marathon_new_group_enforce_role", since: 200},
		{name: "has_mesos_default_container_shm_size", since: 200},
		{name: "mesos_agent_port", since: 200},
		{name: "mesos_dns_port", since: 200},
		{name: "mesos_master_port", since: 200},
		{name: "metronome_port", since: 200},
		// No template of any release reads these two, so nothing refuses them.
		{name: "ui_networking", copy: unread},
		{name: "ui_organization", copy: unread},
	}
	for _, name := range always {
		keys = append(keys, key{name: name})
	}
	for i := range keys {
		keys[i].kind, keys[i].def = computed, "computed"
	}
	return keys
}
