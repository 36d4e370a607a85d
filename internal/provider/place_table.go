package provider

// Looks are taken from places: this machine, and those that the blocks of the
// provider describe.

// argument is one argument of a block of the provider.
type argument struct {
	attribute
	// expects checks a known value. Its error names the values that are accepted,
	// and never quotes the value itself. Nil accepts every value but an empty one.
	expects func(text string) error
}

// placeKind is a kind of block. All its blocks have the same arguments.
type placeKind struct {
	name        string
	description string
	arguments   []argument
	// rules hold the arguments of a block to each other.
	rules []rule
	// relays tells that another place can be reached through one of these.
	relays bool
	// blurs tells that no closed port is told from a filtered one.
	blurs bool
}

// The names of the arguments that code speaks of.
const (
	argName           = "name"
	argHost           = "host"
	argPort           = "port"
	argUser           = "user"
	argPassword       = "password"
	argPrivateKey     = "private_key"
	argCertificate    = "certificate"
	argAgent          = "agent"
	argAgentIdentity  = "agent_identity"
	argHostKey        = "host_key"
	argKnownHosts     = "known_hosts"
	argTimeout        = "timeout"
	argAddress        = "address"
	argUsername       = "username"
	argURL            = "url"
	argBearerToken    = "bearer_token"
	argHeaders        = "headers"
	argClientCertPEM  = "client_cert_pem"
	argClientKeyPEM   = "client_key_pem"
	argModules        = "modules"
	argVia            = "via"
	argResolve        = "resolve"
	resolveHere       = "local"
	resolveThere      = "vantage"
	kindSSH           = "ssh"
	kindSOCKS5        = "socks5"
	kindHTTPProxy     = "http_proxy"
	kindBlackbox      = "blackbox"
	defaultSSHTimeout = "15s"
)

// named is the first argument of every block, and onTheWay are the last.
var (
	named = argument{attribute{
		name: argName, kind: kindString, mode: required,
		description: "The name of the place, for `from` and `via`: letters, digits, `-`, `_` and `.`. No two blocks have the same name. `local` is this machine.",
	}, expectName}

	onTheWay = []argument{{attribute{
		name: argVia, kind: kindString,
		description: "The name of another place through which this place is reached: that of an `ssh`, `socks5` or `http_proxy` block. By default it is reached from this machine.",
	}, expectName}, {attribute{
		name: argResolve, kind: kindString, words: []string{resolveHere, resolveThere},
		description: "Where names of hosts are resolved. `local`: on this machine, and the place gets addresses. `vantage`: at the place, which is for private zones. Defaults to `local`.",
	}, expectResolve}}
)

// placeKinds is the one list of the provider's blocks.
var placeKinds = []placeKind{{
	name:        kindSSH,
	description: "An SSH server, such as a bastion, that opens connections for the provider as `ssh -W` does. It runs no command there. The host key is always checked. Services are spoken to through these connections.",
	relays:      true,
	arguments: withCommon(
		argument{attribute{
			name: argHost, kind: kindString, mode: required,
			description: "The SSH server: a host name or an address.",
		}, expectHost},
		argument{attribute{
			name: argPort, kind: kindNumber,
			description: "The port of the SSH server. Defaults to `22`.",
		}, expectPort},
		argument{attribute{
			name: argUser, kind: kindString, mode: required,
			description: "The user to log in as.",
		}, nil},
		argument{attribute{
			name: argPassword, kind: kindString, sensitive: true,
			description: "The password of the user. At least one of `password`, `private_key` and `agent` is required.",
		}, nil},
		argument{attribute{
			name: argPrivateKey, kind: kindString, sensitive: true,
			description: "The private key of the user, in PEM, without a passphrase. It may be an ephemeral value.",
		}, nil},
		argument{attribute{
			name: argCertificate, kind: kindString,
			description: "The certificate that an authority signed for `private_key`, or for a key of the agent: the line of an `id_ed25519-cert.pub`.",
		}, nil},
		argument{attribute{
			name: argAgent, kind: kindBool,
			description: "Whether to log in with the keys of the SSH agent that `SSH_AUTH_SOCK` names. Defaults to `false`.",
		}, nil},
		argument{attribute{
			name: argAgentIdentity, kind: kindString,
			description: "The one key of the agent that is used: its comment, its `SHA256:` fingerprint or the public key itself. By default every key is tried.",
		}, nil},
		argument{attribute{
			name: argHostKey, kind: kindString,
			description: "The public key that the SSH server must have, such as `\"ssh-ed25519 AAAA…\"`. At least one of `host_key` and `known_hosts` is required.",
		}, nil},
		argument{attribute{
			name: argKnownHosts, kind: kindString,
			description: "The text of a `known_hosts` file that has the SSH server, such as `file(\"known_hosts\")`. It may name certificate authorities.",
		}, nil},
		argument{attribute{
			name: argTimeout, kind: kindString,
			description: "How long connecting and logging in may take, such as `\"30s\"`. Defaults to `\"" + defaultSSHTimeout + "\"`.",
		}, expectTimeout},
	),
	rules: []rule{
		atLeastOne(argHostKey, argKnownHosts),
		atLeastOne(argPassword, argPrivateKey, argAgent),
		needs(argCertificate, argPrivateKey, argAgent),
		needs(argAgentIdentity, argAgent),
	},
}, {
	name:        kindSOCKS5,
	description: "A SOCKS5 proxy (RFC 1928), such as `ssh -D`. Services are spoken to through it.",
	relays:      true,
	arguments: withCommon(
		argument{attribute{
			name: argAddress, kind: kindString, mode: required,
			description: "The proxy, as `HOST:PORT`, such as `\"proxy.corp.example.com:1080\"`.",
		}, expectAddress},
		username("the proxy"), password("the proxy"),
	),
	rules: []rule{needs(argUsername, argPassword), needs(argPassword, argUsername)},
}, {
	name:        kindHTTPProxy,
	description: "An HTTP proxy that serves `CONNECT`. Services are spoken to through it. It does not tell a closed port from a filtered one, so `filtered` and `unfiltered` cannot be looked at from there.",
	relays:      true,
	blurs:       true,
	arguments: withCommon(
		argument{attribute{
			name: argURL, kind: kindString, mode: required,
			description: "The proxy, such as `\"http://proxy.corp.example.com:3128\"`. Credentials do not belong in it.",
		}, expectProxyURL},
		username("the proxy"), password("the proxy"),
	),
	rules: []rule{needs(argUsername, argPassword), needs(argPassword, argUsername)},
}, {
	name:        kindBlackbox,
	description: "A Prometheus blackbox_exporter, or anything that serves its `/probe`. The exporter looks, and the provider reads what it saw.",
	arguments: withCommon(append([]argument{
		{attribute{
			name: argURL, kind: kindString, mode: required,
			description: "The exporter, such as `\"https://blackbox.example.com:9115\"`. `/probe` is added unless the URL has a path of its own. Credentials do not belong in it.",
		}, expectURL("https://blackbox.example.com:9115")},
		{attribute{
			name: argModules, kind: kindTexts,
			description: "The module of the exporter for each scheme, such as `{ https = \"http_2xx\" }`. Modules for `tcp`, `http` and `https` are found in the exporter's configuration when they are left out. Other schemes can be declared only if they have a module here.",
		}, nil},
	}, requestsTo("the exporter")...)...),
	rules: ruleOfRequests,
}}

// withCommon are the arguments of a block: its own between those of all.
func withCommon(own ...argument) []argument {
	return append(append([]argument{named}, own...), onTheWay...)
}

// requestsTo are the arguments that say how a server with an HTTP API is asked.
func requestsTo(server string) []argument {
	return []argument{
		{attribute{
			name: argBearerToken, kind: kindString, sensitive: true,
			description: "The token that is sent to " + server + " as `Authorization: Bearer`. Conflicts with `username` and `password`.",
		}, nil},
		username(server), password(server),
		{attribute{
			name: argHeaders, kind: kindTexts, sensitive: true,
			description: "Further headers of each request to " + server + ": a map from name to value.",
		}, nil},
		{attribute{
			name: attrCAPEM, kind: kindString,
			description: "The certificate authorities that " + server + " is verified against, as PEM text. By default they are the system's.",
		}, expectCAPEM},
		{attribute{
			name: argClientCertPEM, kind: kindString,
			description: "The client certificate for " + server + ", as PEM text. Needs `client_key_pem`.",
		}, nil},
		{attribute{
			name: argClientKeyPEM, kind: kindString, sensitive: true,
			description: "The private key of `client_cert_pem`, as PEM text.",
		}, nil},
	}
}

// ruleOfRequests holds these arguments to each other.
var ruleOfRequests = []rule{
	needs(argUsername, argPassword), needs(argPassword, argUsername),
	notBoth(argBearerToken, argUsername),
	needs(argClientCertPEM, argClientKeyPEM), needs(argClientKeyPEM, argClientCertPEM),
}

func username(of string) argument {
	return argument{attribute{
		name: argUsername, kind: kindString,
		description: "The user name for " + of + ". Needs `password`.",
	}, nil}
}

func password(of string) argument {
	return argument{attribute{
		name: argPassword, kind: kindString, sensitive: true,
		description: "The password for " + of + ". Needs `username`.",
	}, nil}
}
