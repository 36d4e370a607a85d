package blackbox

import (
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// DefaultModule is the module of a probe that names none.
var DefaultModule = usual[endpoint.HTTP]

// NoPort is the scheme of a module that looks at no port.
const NoPort endpoint.Scheme = ""

// shipped are modules of the configurations that come with the exporter, blackbox.yml
// and example.yml of its repository; families are prefixes of their names there. A
// module that speaks HTTP does so without TLS unless the target is an https URL.
var (
	shipped = map[string]endpoint.Scheme{
		usual[endpoint.TCP]:   endpoint.TCP,
		"tcp_connect_example": endpoint.TCP,
		"irc_banner":          endpoint.TCP,
		"irc_banner_example":  endpoint.TCP,
		"tls_connect":         endpoint.TLS,
		"imap_starttls":       endpoint.IMAP,
		"smtp_starttls":       endpoint.SMTP,
		"pop3s_banner":        endpoint.POP3S,
		"ssh_banner":          endpoint.SSH,
		"ssh_banner_extract":  endpoint.SSH,
		"rabbitmq":            endpoint.AMQPS,
		"rabbitmq_insecure":   endpoint.AMQPS,
		"grpc":                endpoint.GRPCS,
		"grpc_plain":          endpoint.GRPC,
	}
	families = []struct {
		prefix string
		scheme endpoint.Scheme
	}{{"http_", endpoint.HTTP}, {"dns_tcp", endpoint.DNSTCP}, {"dns_", endpoint.DNS}, {"icmp", NoPort}}
)

// SchemeOf is the scheme of the endpoints that a module looks at, if its name is one
// of those that the exporter ships with.
func SchemeOf(module string) (endpoint.Scheme, bool) {
	if scheme, ok := shipped[module]; ok {
		return scheme, true
	}
	for _, f := range families {
		if strings.HasPrefix(module, f.prefix) {
			return f.scheme, true
		}
	}
	return "", false
}
