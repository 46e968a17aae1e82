package genconf

// serviceKeys are about Admin Router, logins, the user interface, Marathon, Metronome and health checks.
func serviceKeys() []key {
	return []key{
		{name: "adminrouter_auth_enabled", def: "oauth_enabled", copy: lineTail},
		{name: "adminrouter_grpc_proxy_port", since: 201, def: "12379", rule: between(1, 65535)},
		{name: "adminrouter_tls_1_0_enabled", def: "false", rule: boolean},
		{name: "adminrouter_tls_1_1_enabled", def: "false", rule: boolean},
		{name: "adminrouter_tls_1_2_enabled", def: "true", rule: boolean},
		{name: "adminrouter_tls_cipher_suite"},
		{name: "adminrouter_x_frame_options", since: 112, def: "DENY", was: []older{{112, "SAMEORIGIN"}}, rule: frameOptions},

		{name: "auth_cookie_secure_flag", def: "false", rule: rule{words: boolean.words, since: 113, check: boolean.check}},
		{name: "custom_auth_json", kind: required, when: []condition{is("custom_auth", "true")}},
		{name: "oauth_auth_host", def: "https://dcos.auth0.com", when: []condition{is("oauth_available", "true")}},
		{name: "oauth_auth_redirector", def: "https://auth.dcos.io", copy: lineTail},
		{name: "oauth_available", def: "true", rule: boolean},
		{name: "oauth_client_id", def: "3yF5TOSzdlI45Q1xspxzeoGBe9fNxm9m", copy: lineTail},
		{name: "oauth_enabled", def: "true", rule: boolean, when: []condition{is("oauth_available", "true"), absent("adminrouter_auth_enabled")}},
		{name: "oauth_issuer_url", def: "https://dcos.auth0.com/", copy: lineTail},
		{name: "superuser_service_account_public_key", since: 113, rule: rsaPublicKey, copy: anew,
			when: []condition{absent("_superuser_service_account_public_key_json")}},
		{name: "_superuser_service_account_public_key_json", since: 113, def: "superuser_service_account_public_key as JSON"},
		{name: "superuser_service_account_uid", since: 113},

		{name: "telemetry_enabled", def: "true", rule: boolean},
		{name: "intercom_enabled", since: 112, def: "true"},
		{name: "ui_banner", def: "false"},
		{name: "ui_banner_background_color", def: "#1E232F"},
		{name: "ui_banner_dismissible", def: "null"},
		{name: "ui_banner_footer_content", def: "null"},
		{name: "ui_banner_foreground_color", def: "#FFFFFF"},
		{name: "ui_banner_header_content", def: "null"},
		{name: "ui_banner_header_title", def: "null"},
		{name: "ui_banner_image_path", def: "null"},
		{name: "ui_tracking", def: "true", copy: unread},
		{name: "ui_update_enabled", since: 113, def: "true"},

		{name: "marathon_gpu_scheduling_behavior", since: 113, def: "restricted", rule: marathonGPU, copy: lineTail},
		{name: "marathon_java_args", copy: lineTail},
		{name: "marathon_new_group_enforce_role", since: 200, def: "top", rule: oneOf("top", "off", "")},
		{name: "metronome_gpu_scheduling_behavior", since: 113, def: "restricted", rule: oneOf("restricted", "unrestricted", "")},

		{name: "check_config", def: "DC/OS's own health checks", rule: healthChecks, copy: anew},
		{name: "check_time", def: "true", rule: boolean},
		{name: "custom_checks", def: "{}", rule: healthChecks, copy: anew},
		{name: "diagnostics_bundles_dir", def: "/var/lib/dcos/dcos-diagnostics/diag-bundles", rule: absolutePath},
	}
}

// otherProgramsKeys are those of DC/OS Enterprise and of the SSH installer of old.
func otherProgramsKeys() []key {
	return []key{
		{name: "adminrouter_auth_cache_enabled", kind: enterprise},
		{name: "bouncer_expiration_auth_token_days", kind: enterprise, def: "5"},
		{name: "ca_certificate_chain_path", kind: enterprise},
		{name: "ca_certificate_key_path", kind: enterprise},
		{name: "ca_certificate_path", kind: enterprise},
		{name: "dcos_audit_logging", kind: enterprise},
		{name: "feature_dcos_storage_enabled", kind: enterprise},
		{name: "iam_ldap_sync_interval", kind: enterprise},
		{name: "permissions_cache_ttl_seconds", kind: enterprise},
		{name: "security", kind: enterprise, rule: securityMode},
		{name: "superuser_password_hash", kind: enterprise, rule: nonEmpty},
		{name: "superuser_username", kind: enterprise, rule: nonEmpty},
		{name: "zk_agent_credentials", kind: enterprise},
		{name: "zk_master_credentials", kind: enterprise},
		{name: "zk_super_credentials", kind: enterprise},

		{name: "agent_list", kind: sshInstaller},
		{name: "extra_ssh_options", kind: sshInstaller},
		{name: "log_directory", kind: sshInstaller},
		{name: "process_timeout", kind: sshInstaller},
		{name: "public_agent_list", kind: sshInstaller},
		{name: "ssh_key_path", kind: sshInstaller},
		{name: "ssh_parallelism", kind: sshInstaller},
		{name: "ssh_port", kind: sshInstaller},
		{name: "ssh_user", kind: sshInstaller},
	}
}
