package blackbox

import (
	"regexp"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// kind is what a message of the exporter's is about.
type kind int

const (
	kindDial   kind = iota // connecting, and TLS where that comes with it: its err is in told
	kindTalk               // what came after: the port is open
	kindWrong              // the service answered something else than the module wants
	kindStatus             // an HTTP status that the module does not want
	kindDown               // the service says that it does not serve
	kindModule             // the module is wrong, and nothing was sent
)

// kinds are the messages whose err is believed, of all versions (the exporter's
// prober/*.go).
var kinds = map[string]kind{
	"Error dialing TCP":               kindDial,
	"Error for HTTP request":          kindDial,
	"Error while sending a DNS query": kindDial,
	"Error resolving address":         kindDial,

	"Error reading from connection":     kindTalk,
	"Failed to send":                    kindTalk,
	"TLS Handshake (client) failed":     kindTalk,
	"Failed to read HTTP response body": kindTalk,
	"Error reading HTTP body":           kindTalk,

	"Regexp did not match":                    kindWrong,
	"Read less data than expected":            kindWrong,
	"Bytes did not match":                     kindWrong,
	"Body matched regular expression":         kindWrong,
	"Body did not match regular expression":   kindWrong,
	"Missing required header":                 kindWrong,
	"Header matched regular expression":       kindWrong,
	"Header did not match regular expression": kindWrong,
	"Body matched CEL expression":             kindWrong,
	"Body did not match CEL expression":       kindWrong,
	"Invalid HTTP version number":             kindWrong,
	"Final request was over SSL":              kindWrong,
	"Final request was not over SSL":          kindWrong,
	"Answer RRs validation failed":            kindWrong,
	"Authority RRs validation failed":         kindWrong,
	"Additional RRs validation failed":        kindWrong,

	"Invalid HTTP response status code":             kindStatus,
	"Invalid HTTP response status code, wanted 2xx": kindStatus,

	"Rcode is not one of the valid rcodes": kindDown,

	"Error splitting target address and port": kindModule,
	"Error parsing source ip address":         kindModule,
	"Error creating TLS configuration":        kindModule,
	"Error creating TLS config for HTTP/3":    kindModule,
	"Failed to create TLS configuration":      kindModule,
	"Error generating HTTP client":            kindModule,
	"Error generating cookiejar":              kindModule,
	"Error creating request":                  kindModule,
	"Could not parse target URL":              kindModule,
	"Invalid query class":                     kindModule,
	"Invalid query type":                      kindModule,
	"Invalid rcode":                           kindModule,
	"Error matching regexp":                   kindModule,
}

// told is the one table from the text of an error of Go, as an exporter logs it
// after it tried to connect, to a state and a reason. The first row that fits
// counts. A text is held to how it begins and how it ends: between the two are
// names that others chose, of hosts and in certificates.
var told = []struct {
	begins, ends string
	state        look.State
	reason       look.Reason
}{
	// Before "i/o timeout": it is the resolver's.
	{"lookup ", "no such host", look.Unknown, look.NoSuchHost},
	{"lookup ", "i/o timeout", look.Unknown, look.ResolverTimeout},
	{"lookup ", "context deadline exceeded", look.Unknown, look.ResolverTimeout},
	{"lookup ", "", look.Unknown, look.ResolverFailure},
	{"address ", "no suitable address found", look.Unknown, look.NoFamily},

	{"dial ", "connection refused", look.Closed, look.ConnRefused},
	{"dial ", "actively refused it.", look.Closed, look.ConnRefused}, // Windows
	{"dial ", "i/o timeout", look.Filtered, look.NoResponse},
	{"dial ", "context deadline exceeded", look.Filtered, look.NoResponse},
	{"dial ", "connection timed out", look.Filtered, look.NoResponse},
	{"dial ", "no route to host", look.Filtered, look.HostUnreach},
	{"dial ", "host is down", look.Filtered, look.HostUnreach},
	// The exporter's own route, or an ICMP error: the text is the same.
	{"dial ", "network is unreachable", look.Unknown, look.NoRoute},
	{"dial ", "permission denied", look.Unknown, look.PermDenied},
	{"dial ", "operation not permitted", look.Unknown, look.PermDenied},
	{"dial ", "too many open files", look.Unknown, look.NoDescriptor},
	{"dial ", "too many open files in system", look.Unknown, look.NoDescriptor},
	// A machine without IPv6 has no address to send from. Of IPv4 it is a port.
	{"dial tcp [", "cannot assign requested address", look.Unknown, look.NoRoute},
	{"dial udp [", "cannot assign requested address", look.Unknown, look.NoRoute},
	{"dial ", "cannot assign requested address", look.Unknown, look.NoLocalPort},
	{"dial ", "no buffer space available", look.Unknown, look.NoBuffer},
	{"dial ", "cannot allocate memory", look.Unknown, look.NoBuffer},
	{"dial ", "operation was canceled", look.Unknown, look.VantageFailed},
	{"dial ", "", look.ClosedFiltered, look.NotTold},

	// UDP: the error comes to whoever reads.
	{"read udp", "i/o timeout", look.OpenFiltered, look.NoResponse},
	{"read udp", "connection refused", look.Closed, look.PortUnreach},
	{"read udp", "no route to host", look.Filtered, look.HostUnreach},

	{"x509: certificate has expired or is not yet valid: current time ", "", look.Unresponsive, look.TLSExpired}, // see tlsTime
	{"x509: certificate is valid for ", "", look.Unresponsive, look.TLSWrongName},
	{"x509: certificate is not valid for any names", "", look.Unresponsive, look.TLSWrongName},
	{"x509: cannot validate certificate for ", "", look.Unresponsive, look.TLSWrongName},
	{"x509: certificate relies on legacy Common Name field", "", look.Unresponsive, look.TLSWrongName},
	{"x509: certificate signed by unknown authority", "", look.Unresponsive, look.TLSUnknownCA},
	{"x509: ", "", look.Unresponsive, look.TLSBadCert},
	{"tls: failed to parse certificate", "", look.Unresponsive, look.TLSBadCert},

	// A server that wants a certificate of the client has shown a good one, and
	// does speak.
	{"remote error: tls: certificate required", "", look.Open, look.ServiceResponse},
	{"remote error: tls: protocol version not supported", "", look.Unresponsive, look.TLSVersion},
	{"remote error: tls: handshake failure", "", look.Unresponsive, look.TLSHandshake},
	{"remote error: tls: insufficient security level", "", look.Unresponsive, look.TLSHandshake},
	{"remote error: tls: unrecognized name", "", look.Unresponsive, look.TLSName},
	{"remote error: tls: ", "", look.Unresponsive, look.TLSAlert},
	{"tls: server selected unsupported protocol version", "", look.Unresponsive, look.TLSVersion},
	{"tls: ", "", look.Unresponsive, look.WrongProtocol},
	{"http: server gave HTTP response to HTTPS client", "", look.Unresponsive, look.WrongProtocol},

	{"", "EOF", look.Unresponsive, look.ClosedEarly}, // and "unexpected EOF"
	{"", "connection reset by peer", look.Unresponsive, look.ClosedEarly},
	{"", "broken pipe", look.Unresponsive, look.ClosedEarly},
	{"http: server closed idle connection", "", look.Unresponsive, look.ClosedEarly},
	{"malformed HTTP ", "", look.Unresponsive, look.WrongProtocol},
	{"net/http: HTTP/1.x transport connection broken: ", "", look.Unresponsive, look.WrongProtocol},

	{"read ", "i/o timeout", look.Unresponsive, look.NoGreeting},
	{"net/http: TLS handshake timeout", "", look.Unresponsive, look.NoGreeting},
}

// request is how net/url begins the error of a request: the method and the URL,
// which a redirect may have chosen.
var request = regexp.MustCompile(`^[A-Z][a-z]+ "(?:[^"\\]|\\.)*": `)

// reasonOf looks err up in told. It is false for a text that is not known.
func reasonOf(err string) (look.State, look.Reason, bool) {
	err = strings.TrimPrefix(request.ReplaceAllLiteralString(err, ""), "tls: failed to verify certificate: ")
	for _, row := range told {
		if strings.HasPrefix(err, row.begins) && strings.HasSuffix(err, row.ends) {
			if row.reason == look.TLSExpired {
				return row.state, tlsTime(err), true
			}
			return row.state, row.reason, true
		}
	}
	return "", "", false
}

// tlsTime tells a certificate that has expired from one that is not valid yet:
// crypto/x509 has one beginning for both, then the time that it is, then the word.
func tlsTime(err string) look.Reason {
	if words := strings.Fields(err); len(words) > 13 && words[13] == "before" {
		return look.TLSNotYetValid
	}
	return look.TLSExpired
}

// isTimeout tells whether err is that the time was up, and nothing more.
func isTimeout(err string) bool {
	err = request.ReplaceAllLiteralString(err, "")
	return strings.HasPrefix(err, "context deadline exceeded") || strings.HasPrefix(err, "net/http: request canceled")
}

// isVerification tells whether a reason is that a certificate was not accepted.
func isVerification(r look.Reason) bool {
	return slices.Contains([]look.Reason{look.TLSExpired, look.TLSNotYetValid, look.TLSWrongName, look.TLSUnknownCA, look.TLSBadCert}, r)
}

// speaks is what a service speaks instead, where err says so.
func speaks(err string) endpoint.Scheme {
	if strings.HasSuffix(err, "http: server gave HTTP response to HTTPS client") {
		return endpoint.HTTP
	}
	return ""
}
