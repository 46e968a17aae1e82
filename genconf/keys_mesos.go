package genconf

// mesosKeys are about Mesos, its containers and Docker.
func mesosKeys() []key {
	return []key{
		{name: "weights", copy: lineTail},
		{name: "gc_delay", def: "2days", copy: lineTail},
		{name: "gpus_are_scarce", def: "true", rule: boolean},
		{name: "enable_gpu_isolation", def: "true", rule: boolean},
		{name: "log_offers", since: 112, def: "true", rule: boolean},
		{name: "enable_mesos_input_plugin", since: 112, def: "true", was: []older{{112, "false"}}, rule: boolean},
		{name: "enable_mesos_ipv6_discovery", since: 112, def: "false", rule: boolean},

		{name: "mesos_agent_work_dir", def: "/var/lib/mesos/slave", rule: absolutePath, copy: lineTail},
		{name: "mesos_master_work_dir", def: "/var/lib/dcos/mesos/master", rule: absolutePath, copy: lineTail},
		{name: "mesos_cgroups_enable_cfs", since: 201, def: "true", rule: boolean},
		{name: "mesos_cni_root_dir_persist", def: "false", rule: boolean},
		{name: "mesos_container_log_sink", def: "fluentbit+logrotate", was: []older{{112, "logrotate"}}, rule: logSink},
		{name: "mesos_default_container_shm_size", since: 200, rule: memorySize, copy: lineTail},
		{name: "mesos_disallow_sharing_agent_ipc_namespace", since: 200, def: "false", rule: boolean},
		{name: "mesos_docker_volume_chown", since: 200, def: "false", rule: boolean},
		{name: "mesos_http_executor_domain_sockets", since: 201, def: "true", rule: boolean},
		{name: "mesos_log_retention_mb", def: "4000", rule: logRetention, copy: anew},
		{name: "mesos_logrotate_file_size_mb", since: 201, def: "2", rule: whole},
		{name: "mesos_max_completed_frameworks", since: 201, def: "10", rule: whole, copy: lineTail},
		{name: "mesos_max_completed_tasks_per_framework", def: "100", was: []older{{200, ""}}, rule: completedTasks, copy: lineTail},
		{name: "mesos_recovery_timeout", def: "24hrs", rule: recoveryTimeout, copy: lineTail},
		{name: "mesos_seccomp_enabled", since: 113, def: "true", was: []older{{113, "false"}}, rule: boolean},
		{name: "mesos_seccomp_profile_name", since: 113, def: "default.json", was: []older{{113, ""}}, copy: lineTail},

		{name: "cluster_docker_credentials", def: "{}", rule: mapping, copy: lineTail,
			when: []condition{is("cluster_docker_credentials_dcos_owned", "true"), is("cluster_docker_credentials_write_to_etc", "true"),
				absent("cluster_docker_credentials_dcos_owned")}},
		{name: "cluster_docker_credentials_dcos_owned", def: "whether cluster_docker_credentials are given", rule: boolean},
		{name: "cluster_docker_credentials_enabled", def: "false", rule: boolean},
		{name: "cluster_docker_credentials_write_to_etc", def: "false", rule: boolean},
		{name: "cluster_docker_registry_url", copy: lineTail},
		{name: "docker_remove_delay", def: "1hrs", copy: lineTail},
		{name: "docker_stop_timeout", def: "20secs", copy: lineTail},
		{name: "enable_docker_gc", def: "true", was: []older{{201, "false"}}, rule: boolean},

		{name: "rexray_config", def: "a REX-Ray that does nothing", rule: mapping, fixed: []condition{is("rexray_config_preset", "aws")}, copy: anew},
		{name: "rexray_config_preset", copy: anew},
	}
}
