package tunnel

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// This file is the one place that says what the refusal of a place means: of an
// SSH server to open a channel, of a SOCKS5 proxy and of an HTTP proxy.

// fact is a state with its evidence.
type fact struct {
	state  look.State
	reason look.Reason
}

// The facts that places of all kinds tell.
var (
	accepted = fact{look.Open, look.SynAck}
	silent   = fact{look.Filtered, look.NoResponse}
	notTold  = fact{look.ClosedFiltered, look.NotTold}
	forbids  = fact{look.Unknown, look.VantageForbids}
	failed   = fact{look.Unknown, look.VantageFailed}
	refused  = fact{look.Closed, look.ConnRefused}
	hostGone = fact{look.Filtered, look.HostUnreach}
	netGone  = fact{look.Filtered, look.NetUnreach}
)

// refusal is why a place did not connect: an error that is about the target, or
// about the place.
type refusal struct {
	fact
	detail string // as [look.Result] has it, before it is cut
}

func (r refusal) Error() string {
	if r.detail == "" {
		return fmt.Sprintf("%s (%s)", r.state, r.reason)
	}
	return r.detail
}

// fill makes r what a look saw.
func (r refusal) fill(result *look.Result) {
	result.Set(r.state, r.reason)
	result.Detail, result.Speaks = printable(r.detail), ""
}

// broken is the refusal of a place that has a fault of its own.
func broken(format string, arguments ...any) refusal {
	return refusal{failed, fmt.Sprintf(format, arguments...)}
}

// refusalOf is what an error of dial means. A deadline that is over before the
// place has said anything is a fault of the place.
func refusalOf(err error) refusal {
	if r, ok := errors.AsType[refusal](err); ok {
		return r
	}
	if errors.Is(err, context.DeadlineExceeded) || service.IsTimeout(err) {
		return broken("no answer in time")
	}
	return broken("%v", err)
}

// endedAtOnce is the refusal of a place that reported success and then ended the
// connection: some proxies write success before they have connected.
var endedAtOnce = refusal{notTold, "success, and the connection ended at once"}

// An SSH server says in words why a connection of its own failed (RFC 4254 section
// 5.1, reason 2). OpenSSH's are those of its C library: strerror and gai_strerror
// (channels.c, channel_connect_to and connect_next). They are compared in lower
// case. The comments name the libraries that have other words than glibc.
var sshWords = map[string]fact{
	"connection refused":       refused,
	"connection reset by peer": accepted, // after the handshake: there was a SYN-ACK
	"broken pipe":              accepted,
	"connection timed out":     silent,
	"operation timed out":      silent, // musl, BSD
	"no route to host":         hostGone,
	"host is unreachable":      hostGone, // musl
	"host is down":             hostGone,
	"network is unreachable":   netGone,
	"network unreachable":      netGone, // musl
	"network is down":          netGone,
	// What Linux makes of the other ICMP errors (net/ipv4/icmp.c icmp_err_convert,
	// net/ipv6/icmp.c tab_unreach). The connect had begun: had the server itself
	// forbidden it, the words would be openFailed.
	"permission denied":       {look.Filtered, look.AdminProhibited},
	"protocol not available":  {look.Filtered, look.ProtoUnreach},
	"operation not supported": {look.Filtered, look.DestUnreach},
	"not supported":           {look.Filtered, look.DestUnreach}, // musl
	"protocol error":          {look.Filtered, look.ParamProblem},

	"name or service not known":                    {look.Unknown, look.NoSuchHost},
	"name does not resolve":                        {look.Unknown, look.NoSuchHost}, // musl
	"no address associated with hostname":          {look.Unknown, look.NoSuchHost},
	"name has no usable address":                   {look.Unknown, look.NoSuchHost}, // musl
	"hostname nor servname provided, or not known": {look.Unknown, look.NoSuchHost}, // BSD
	"nodename nor servname provided, or not known": {look.Unknown, look.NoSuchHost}, // macOS
	"temporary failure in name resolution":         {look.Unknown, look.ResolverTimeout},
	"try again":                                    {look.Unknown, look.ResolverTimeout}, // musl
	"non-recoverable failure in name resolution":   {look.Unknown, look.ResolverFailure},
	"unrecoverable error":                          {look.Unknown, look.ResolverFailure}, // musl
}

// openFailed is the message of OpenSSH when it could not even begin to connect
// (serverloop.c, server_input_channel_open): no route of its own, no descriptor, no
// permission. It also has it when the connection is prohibited.
const openFailed = "open failed"

// fromSSH says what it means that an SSH server did not open a channel (RFC 4254
// section 5.1). again tells that a fresh connection may have better luck.
func fromSSH(err *ssh.OpenChannelError) (r refusal, again bool) {
	words := strings.ToLower(strings.TrimSpace(err.Message))
	switch err.Reason {
	case ssh.Prohibited:
		return refusal{forbids, "the SSH server forbids it: see AllowTcpForwarding and PermitOpen"}, false
	case ssh.ResourceShortage:
		return broken("the SSH server has run out of resources: %s", err.Message), true
	case ssh.UnknownChannelType:
		return refusal{forbids, "the SSH server forwards no connections"}, false
	case ssh.ConnectionFailed:
	default:
		return broken("the SSH server refused with reason %d: %s", uint32(err.Reason), err.Message), false
	}
	if words == openFailed {
		return broken("the SSH server could not connect: no route, descriptor or permission"), true
	}
	if f, ok := sshWords[words]; ok {
		return refusal{fact: f}, false
	}
	return refusal{notTold, err.Message}, false
}

// socksReplies are the replies of RFC 1928 section 6 but success. A proxy that
// gives another number says as little as one that gives 1.
var socksReplies = map[byte]refusal{
	1: {failed, "SOCKS reply 1: general failure"},
	2: {forbids, "SOCKS reply 2: not allowed by the proxy's rules"},
	3: {netGone, ""},
	4: {hostGone, ""},
	5: {refused, ""},
	6: {fact{look.Filtered, look.TimeExceeded}, ""},
	7: {failed, "SOCKS reply 7: command not supported"},
	8: {failed, "SOCKS reply 8: address type not supported"},
}

// fromSOCKS says what a reply that is not success means.
func fromSOCKS(reply byte) refusal {
	if r, ok := socksReplies[reply]; ok {
		return r
	}
	return broken("SOCKS reply %d", reply)
}

// fromHTTP says what a proxy's status means that is not of success (RFC 9110
// sections 9.3.6, 15.5 and 15.6). It tells about the target only as a gateway
// does; all else is about the proxy.
func fromHTTP(status int, phrase string) refusal {
	said := strings.TrimSpace(strconv.Itoa(status) + " " + phrase)
	switch status {
	case 502, 503, 504:
		return refusal{notTold, said}
	case 500:
		if phrase == "Unable to connect" { // tinyproxy (reqs.c, connect_to_upstream and handle_connection)
			return refusal{notTold, said}
		}
	case 403, 405:
		return refusal{forbids, said}
	case 401, 407:
		return broken("%s: see username and password", said)
	}
	return broken("%s", said)
}

// maxDetail is how many characters of a detail are shown.
const maxDetail = 80

// printable escapes what may come from the network, and cuts it.
func printable(text string) string {
	text = text[:min(len(text), maxDetail+1)]
	text = strconv.QuoteToASCII(text)
	text = text[1 : len(text)-1]
	if len(text) <= maxDetail {
		return text
	}
	return text[:maxDetail-3] + "..."
}
