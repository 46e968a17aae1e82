package genconf

// overlayNet is a good dcos_overlay_network with other fields, or without those that are nil.
func overlayNet(fields settings, overlays ...any) settings {
	n := merge(settings{"vtep_subnet": "44.128.0.0/20", "vtep_subnet6": "fd01:a::/64", "vtep_mac_oui": "70:B3:D5:00:00:00", "overlays": overlays}, fields)
	for k, v := range n {
		if v == nil {
			delete(n, k)
		}
	}
	return n
}

var (
	dcos  = settings{"name": "dcos", "subnet": "9.0.0.0/8", "prefix": 24}
	dcos6 = settings{"name": "dcos6", "subnet6": "fd01:b::/64", "prefix6": 80}
)

// overlayRuling is what all releases say of overlays.
func overlayRuling() ruling {
	one := func(fields settings) settings { return overlayNet(nil, merge(dcos, fields)) }
	return ruling{key: "dcos_overlay_network",
		accept: []any{
			overlayNet(nil, dcos, dcos6), overlayNet(settings{"vtep_mac_oui": ""}, dcos), overlayNet(settings{"more": 1}, dcos), overlayNet(nil, dcos, settings{"name": "", "subnet": "10.0.0.0/8"}),
			one(settings{"enabled": true}), one(settings{"enabled": false}), one(settings{"enabled": 1}), one(settings{"enabled": 0.0}),
			overlayNet(nil, dcos, settings{"name": "thirteen-long", "subnet": "10.0.0.0/8"}), overlayNet(nil, dcos, settings{"name": []any{}, "subnet": "10.0.0.0/8"}),
			one(settings{"subnet6": "fd01:b::/64"}), overlayNet(settings{"vtep_mtu": 552}, dcos), overlayNet(settings{"vtep_mtu": " 1_500 "}, dcos), overlayNet(settings{"vtep_mtu": 1500.7}, dcos),
			`{"vtep_subnet":"44.128.0.0/20","vtep_subnet6":"fd01:a::/64","vtep_mac_oui":"70","overlays":[{"name":"dcos","subnet":"9.0.0.0/8"}]}`,
		},
		refuse: []any{
			"", "x", "null", []any{}, settings{}, overlayNet(nil), overlayNet(settings{"overlays": settings{"a": 1}}), overlayNet(settings{"overlays": "dcos"}), overlayNet(settings{"overlays": 1}),
			overlayNet(nil, "dcos"), overlayNet(nil, []any{"name", "subnet"}), overlayNet(settings{"vtep_mac_oui": nil}, dcos), overlayNet(settings{"vtep_subnet": nil}, dcos),
			overlayNet(settings{"vtep_subnet": "44.128.0.1/20"}, dcos), overlayNet(settings{"vtep_subnet": "x"}, dcos), overlayNet(settings{"vtep_subnet6": nil}, dcos, dcos6),
			overlayNet(settings{"vtep_subnet6": "fd01:a::1/64"}, dcos, dcos6), one(settings{"name": "fourteen-chars"}), one(settings{"name": 5}), overlayNet(nil, dcos, settings{"subnet": "10.0.0.0/8"}),
			overlayNet(nil, dcos, settings{"name": "x"}), one(settings{"subnet": "9.0.0.1/8"}), one(settings{"subnet": "x"}), one(settings{"subnet": 1.5}), one(settings{"subnet6": "fd01:b::1/64"}),
			one(settings{"enabled": "true"}), one(settings{"enabled": nil}), one(settings{"enabled": 2}),
		}}
}

func (r ruling) until200() ruling {
	r.until, r.refuse = 200, []any{overlayNet(settings{"vtep_subnet6": nil}, dcos6)}
	r.accept = []any{overlayNet(settings{"vtep_subnet6": nil}, dcos), overlayNet(nil, dcos, settings{"name": "x", "subnet": "fd01::/64"}), overlayNet(settings{"vtep_subnet": "fd01:a::/64"}, dcos),
		overlayNet(nil, dcos, settings{"name": "x", "subnet6": "10.0.0.0/8"})}
	return r
}

func (r ruling) from201() ruling {
	r.from, r.accept = 201, []any{overlayNet(nil, dcos, dcos6)}
	r.refuse = []any{overlayNet(settings{"vtep_subnet6": nil}, dcos), overlayNet(nil, dcos, settings{"name": "x", "subnet": "fd01::/64"}), overlayNet(settings{"vtep_subnet": "fd01:a::/64"}, dcos),
		overlayNet(nil, dcos, settings{"name": "x", "subnet6": "10.0.0.0/8"}), overlayNet(settings{"vtep_subnet6": "44.128.0.0/20"}, dcos)}
	return r
}

func (r ruling) until111() ruling {
	r.until, r.refuse = 111, nil
	r.accept = []any{overlayNet(settings{"vtep_mtu": 100}, dcos), overlayNet(settings{"vtep_mtu": "x"}, dcos)}
	return r
}

func (r ruling) from112() ruling {
	r.from, r.accept = 112, nil
	r.refuse = []any{overlayNet(settings{"vtep_mtu": 551}, dcos), overlayNet(settings{"vtep_mtu": "x"}, dcos), overlayNet(settings{"vtep_mtu": []any{}}, dcos), overlayNet(settings{"vtep_mtu": true}, dcos),
		`{"vtep_mtu":null,"vtep_subnet":"44.128.0.0/20","vtep_subnet6":"fd01:a::/64","vtep_mac_oui":"70","overlays":[{"name":"dcos","subnet":"9.0.0.0/8"}]}`,
		`{"vtep_mtu":NaN,"vtep_subnet":"44.128.0.0/20","vtep_subnet6":"fd01:a::/64","vtep_mac_oui":"70","overlays":[{"name":"dcos","subnet":"9.0.0.0/8"}]}`}
	return r
}

// checkRuling is what all releases say of health checks.
func checkRuling(name string) ruling {
	good := settings{"description": "d", "cmd": []any{"/bin/true"}, "timeout": "1.5s"}
	check := func(fields settings) settings { return merge(good, fields) }
	cluster := func(checks settings) settings { return settings{"cluster_checks": checks} }
	node := func(c settings) settings { return settings{"node_checks": c} }
	without := func(field string) settings { c := check(nil); delete(c, field); return cluster(settings{"a": c}) }
	return ruling{key: name,
		accept: []any{
			settings{}, "{}", "{\n}", cluster(settings{"a": good}), cluster(settings{"a": check(settings{"description": "", "cmd": []any{}})}),
			cluster(settings{"a": check(settings{"timeout": "5µs"})}), cluster(settings{"a": check(settings{"timeout": "1s\n"})}),
			node(settings{"checks": settings{"a": good}, "prestart": []any{"a"}}), node(settings{"checks": settings{"a": check(settings{"roles": []any{"agent", "master", "agent"}})}, "poststart": []any{"a", "a"}}),
			node(settings{"checks": settings{"a": check(settings{"roles": []any{}})}, "poststart": []any{"a"}, "prestart": []any{}}),
		},
		refuse: []any{
			"", "[]", "null", "x", []any{}, settings{"checks": settings{}}, cluster(nil), cluster(settings{}), cluster(settings{"a": "x"}), cluster(settings{"a b": good}), cluster(settings{"": good}),
			settings{"cluster_checks": []any{}}, without("description"), without("cmd"), without("timeout"), cluster(settings{"a": check(settings{"cmd": "x"})}), cluster(settings{"a": check(settings{"cmd": []any{1}})}),
			cluster(settings{"a": check(settings{"description": 5})}), cluster(settings{"a": check(settings{"timeout": "10"})}), cluster(settings{"a": check(settings{"timeout": 10})}),
			cluster(settings{"a": check(settings{"timeout": "1 s"})}), cluster(settings{"a": check(settings{"timeout": "1second"})}), cluster(settings{"a": check(settings{"roles": []any{"master"}})}),
			node(nil), node(settings{}), node(settings{"checks": settings{}, "prestart": []any{}}), node(settings{"checks": settings{"a": good}}), node(settings{"checks": settings{"a": good}, "prestart": []any{}}),
			node(settings{"checks": settings{"a": good}, "prestart": []any{"b"}}), node(settings{"checks": settings{"a": good}, "prestart": []any{"a", "b"}}), node(settings{"checks": settings{"a": good}, "prestart": "a"}),
			node(settings{"checks": settings{"a": check(settings{"roles": []any{"bootstrap"}})}, "prestart": []any{"a"}}), node(settings{"checks": settings{"a": check(settings{"roles": "master"})}, "prestart": []any{"a"}}),
			node(settings{"checks": settings{"a": good}, "prestart": []any{"a"}, "other": 1}), node(settings{"checks": settings{"a": good}, "prestart": []any{"a", ""}}),
		}}
}
