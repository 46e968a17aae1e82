package genconf

var (
	onVXLAN   = []condition{is("calico_vxlan_enabled", "true")}
	onNoVXLAN = []condition{is("calico_vxlan_enabled", "false")}
)

// networkKeys are about names, addresses and virtual networks.
func networkKeys() []key {
	return []key{
		{name: "resolvers", def: `["8.8.8.8", "8.8.4.4"]`, rule: resolvers},
		{name: "dns_search", rule: dnsSearch, copy: lineTail},
		{name: "dns_bind_ip_blacklist", def: "[]", rule: addressList, copy: anew},
		{name: "dns_bind_ip_reserved", def: `["198.51.100.4"]`, rule: textList, copy: anew},
		{name: "dns_forward_zones", def: "{}", rule: forwardZones, copy: lineTail},
		{name: "master_dns_bindall", def: "true", rule: boolean},
		{name: "mesos_dns_ip_sources", def: `["host", "netinfo"]`, rule: textList},
		{name: "mesos_dns_set_truncate_bit", def: "true", rule: boolean},
		{name: "dcos_dns_push_ops_timeout", since: 112, until: 200, def: "1000", rule: between(50, 120000)},
		{name: "dcos_dns_store_modes", since: 200, until: 200, def: `["lww", "set"]`, rule: textList, copy: anew},

		{name: "enable_ipv6", def: "true", rule: boolean},
		{name: "enable_lb", def: "true", rule: boolean},
		{name: "dcos_l4lb_enable_ipset", def: "true", rule: boolean},
		{name: "dcos_l4lb_enable_ipv6", def: "true", was: []older{{112, "false"}}, rule: boolean},
		{name: "dcos_l4lb_min_named_ip", def: "11.0.0.0", rule: address4, copy: anew},
		{name: "dcos_l4lb_max_named_ip", def: "11.255.255.255", rule: address4, copy: anew},
		{name: "dcos_l4lb_min_named_ip6", def: "fd01:c::", rule: address6, copy: anew},
		{name: "dcos_l4lb_max_named_ip6", def: "fd01:c::ffff:ffff:ffff:ffff", rule: address6, copy: anew},
		{name: "dcos_net_cluster_identity", def: "false", rule: boolean},
		{name: "dcos_net_push_ops_timeout", since: 201, def: "1000", rule: between(50, 120000)},
		{name: "dcos_net_rest_enable", def: "true", rule: boolean},
		{name: "dcos_net_watchdog", def: "true", rule: boolean},

		{name: "dcos_cni_data_dir", def: "/var/run/dcos/cni/networks"},
		{name: "dcos_overlay_config_attempts", def: "4", rule: between(0, 10), copy: lineTail},
		{name: "dcos_overlay_enable", def: "true", rule: boolean},
		{name: "dcos_overlay_mtu", def: "1420", rule: atLeast(552)},
		{name: "dcos_overlay_network", def: defaultOverlays, rule: overlays, when: []condition{absent("dcos_overlay_network_json")}, copy: anew},
		{name: "dcos_overlay_network_default_name", def: "dcos"},
		{name: "dcos_overlay_network6_default_name", def: "dcos6"},
		{name: "dcos_overlay_network_json", def: "dcos_overlay_network", rule: overlays, copy: lineTail},
		{name: "dcos_ucr_default_bridge_network_name", def: "mesos-bridge"},
		{name: "dcos_ucr_default_bridge_subnet", def: "172.31.254.0/24", rule: network4},

		{name: "calico_enabled", since: 201, def: "true", rule: boolean},
		{name: "calico_network_cidr", since: 201, def: "172.29.0.0/16", rule: network4},
		{name: "calico_veth_mtu", since: 201, def: "1500", rule: atLeast(552)},
		{name: "calico_vxlan_enabled", since: 201, def: "true", rule: boolean},
		{name: "calico_vxlan_mtu", since: 201, def: "1450", rule: atLeast(552), when: onVXLAN, copy: lineTail},
		{name: "calico_vxlan_port", since: 201, def: "64000", rule: between(1025, 65535), when: onVXLAN, copy: lineTail},
		// The generator means to refuse 1024 too, and compares it with a text.
		{name: "calico_vxlan_vni", since: 201, def: "4096", rule: between(1, 16777215), when: onVXLAN, copy: lineTail},
		{name: "calico_ipinip_mtu", since: 201, def: "1480", rule: atLeast(552), when: onNoVXLAN, copy: lineTail},
	}
}
