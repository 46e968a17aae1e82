package sshconfig

// connecting are the keywords that would change whether or how a connection is made, and that dcosup does not honour.
var connecting = map[string]string{
	"addressfamily": "both IPv4 and IPv6 are tried", "bindaddress": "", "bindinterface": "", "canonicalizehostname": "names are taken as they are",
	"ciphers": "dcosup has its own list", "kexalgorithms": "dcosup has its own list", "macs": "dcosup has its own list",
	"hostkeyalgorithms": "they are ordered by the keys that are known", "pubkeyacceptedalgorithms": "", "pubkeyacceptedkeytypes": "",
	"casignaturealgorithms": "", "preferredauthentications": "keys are tried before passwords",
	"pubkeyauthentication": "", "passwordauthentication": "", "kbdinteractiveauthentication": "", "challengeresponseauthentication": "",
	"pkcs11provider": "use the ssh-agent", "smartcarddevice": "use the ssh-agent", "securitykeyprovider": "use the ssh-agent",
	"verifyhostkeydns": "", "revokedhostkeys": "use @revoked in known_hosts", "knownhostscommand": "", "requiredrsasize": "", "rsaminsize": "",
	"proxyusefdpass": "", "tunnel": "", "tunneldevice": "", "remotecommand": "", "sessiontype": "",
}

// passedOver are the keywords that cannot matter here: of terminals, forwarding, sharing, logging and ssh's own timing.
var passedOver = setOf("gssapiauthentication", "hostbasedauthentication", "addkeystoagent", "batchmode", "canonicaldomains", "canonicalizefallbacklocal", "canonicalizemaxdots",
	"canonicalizepermittedcnames", "checkhostip", "cipher", "clearallforwardings", "compression", "compressionlevel", "connectionattempts",
	"controlmaster", "controlpath", "controlpersist", "dsaauthentication", "dynamicforward", "enableescapecommandline", "enablesshkeysign",
	"escapechar", "exitonforwardfailure", "fallbacktorsh", "fingerprinthash", "forkafterauthentication", "forwardagent", "forwardx11",
	"forwardx11timeout", "forwardx11trusted", "gatewayports", "globalknownhostsfile2", "gssapidelegatecredentials", "gssapikeyexchange",
	"gssapiclientidentity", "gssapirenewalforcesrekey", "gssapiserveridentity", "gssapitrustdns", "gssapikexalgorithms",
	"hostbasedacceptedalgorithms", "hostbasedkeytypes", "identityfile2", "ipqos", "kbdinteractivedevices", "keepalive", "localcommand",
	"localforward", "loglevel", "logverbose", "nohostauthenticationforlocalhost", "numberofpasswordprompts", "obscurekeystroketiming",
	"permitlocalcommand", "permitremoteopen", "protocol", "rekeylimit", "remoteforward", "requesttty", "rhostsrsaauthentication",
	"rsaauthentication", "sendenv", "serveralivecountmax", "serveraliveinterval", "setenv", "skeyauthentication", "stdinnull",
	"streamlocalbindmask", "streamlocalbindunlink", "syslogfacility", "tag", "tcpkeepalive", "updatehostkeys", "useblacklistedkeys", "usekeychain",
	"useprivilegedport", "userknownhostsfile2", "usersh", "visualhostkey", "xauthlocation", "warnweakcrypto", "channeltimeout")

func setOf(keys ...string) map[string]bool {
	set := map[string]bool{}
	for _, k := range keys {
		set[k] = true
	}
	return set
}
