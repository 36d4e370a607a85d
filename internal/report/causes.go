package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// causeText explains a cause and gives the next step, in sentences.
type causeText struct {
	meaning string
	next    string
	// prober tells that the prober may be at fault: its time-out is too short,
	// or it is too fast for something on the way.
	prober bool
	// plural tells that the texts bear several places for one.
	plural bool
	// away is next for a look from another place, with "this machine" for that
	// place; empty if next will do.
	away string
	// ours tells that this machine is meant, wherever the look was taken from.
	ours bool
}

var causeTexts = map[verdict.Cause]causeText{
	verdict.UnexpectedOpen: {
		meaning: "declared closed or filtered, but the port accepted a connection or answered a datagram: a service listens there and a rule lets it be reached or, less often, a device on the way accepts for the host (a proxy, protection against SYN floods).",
		next:    "close the port in the firewall or stop the service. If ports are open that nothing listens on (ss -ltun on the host), look for the device that answers for it. If the port is meant to be open, declare it in open.",
	},
	verdict.NotFiltered: {
		meaning: "declared filtered, but a reset came back, so packets get through to the host, where nothing listens. A firewall that rejects with a reset looks the same.",
		next:    "look for the rule that is missing or lets this machine through: in the security group, the network ACL or the firewall of the host. If a firewall is meant to reject with a reset, have it drop or reject with an ICMP error, or declare the port closed.",
	},
	verdict.ServiceDown: {
		meaning: "the host refused, with a reset (TCP) or a port-unreachable (UDP). So the host is up and reachable, but nothing listens on the port, or a firewall rejects in the same way.",
		next:    "check on the host that the service runs and listens on this address (ss -ltun), then look for a rule that rejects.",
	},
	verdict.Unhealthy: {
		meaning: "the port accepts connections, but the service behind it does not work.",
		next:    "check that the service runs, read its log, and check that the device in front of the service (load balancer, proxy, firewall) reaches it.",
	},
	verdict.Rejected: {
		meaning: "an ICMP error refused the connection: a firewall or router on the way, or the host itself, forbids it and says so.",
		next:    "look at the rules of the device that sent the ICMP error. The plan or apply that found this names the device under Evidence.",
		away:    "look at the rules of the devices between this machine and the host: which of them sent the ICMP error is not known here.",
	},
	verdict.Filtered: {
		meaning: "no answer from this port, while the host does answer on others or to ping. Most likely a packet filter on the way or on the host drops the packets. Less likely, the service hangs and its queue of new connections is full, or the answers are lost on their way back.",
		next:    "compare the rules for this port (security group, network ACL, host firewall) with those from before the last change. If they are the same, look on the host for a full queue (ss -ltn: Recv-Q above Send-Q) and, with tcpdump, whether packets come and answers leave.",
		prober:  true,
	},
	verdict.StoppedAnswering: {
		meaning: "the host answered earlier in this run, or for another check of the same run of Terraform, and no longer does, or not at this rate: its ports are silent or refuse, those that were open too. An intrusion-prevention system or a limit on new connections blocks this machine, or the host went down during the run. Ports declared closed or filtered that fell silent or refused then are inconclusive.",
		next:    "lower max_rate (say, to 50) and max_checks and run again, or have the device let this machine through. If the host is still silent then, check that it runs.",
		prober:  true,
	},
	verdict.ProberBlocked: {
		meaning: "none of several ports of the host answers, but the host answers ping. So it is up, and a packet filter drops what this machine sends to its ports.",
		next:    "look for a rule that lets ping through and drops the rest from this machine: in the firewall of the host or of its network, or in an intrusion-prevention system that blocks this machine.",
		prober:  true,
	},
	verdict.HostDown: {
		meaning: "no declared port of the host answers, and neither does ping where this machine may send it; or the last router says that the host is unreachable. The host is down or has another address, or a filter drops everything from this machine to it.",
		next:    "check that the host runs and has this address, then look for rules that drop everything from this machine to it.",
		prober:  true,
	},
	verdict.FilteredBySource: {
		meaning: "the port does not answer this machine, while it is open from another place in the same run. A rule lets only some sources through.",
		next:    "find the rule that lets another place through and drops what comes from this machine: in a security group, a network ACL, the firewall of the host or one between the networks.",
		plural:  true,
	},
	verdict.NotOpen: {
		meaning: "the port is not open from this machine, and what answers there does not tell whether the host refuses or a filter drops the packets. Of a port declared filtered or unfiltered this says nothing.",
		next:    "check that the service runs and listens on this address, then look at the rules for this port. An SSH bastion in the same network would tell the two apart.",
	},
	verdict.VantageFailed: {
		meaning: "this machine could not look at these endpoints. This says nothing about the ports.",
		next:    "mend what the error is about, or take the place out of from.",
		plural:  true,
	},
	verdict.NotResolvable: {
		meaning: "the name did not resolve to an address that can be probed, so nothing was tested.",
		next:    "resolve the name on the machine that runs this (dig NAME). A new record takes time to spread. See also ip_version.",
		away:    "resolve the name (dig NAME) where this provider does: on the machine that runs Terraform or, if the place has resolve = \"vantage\", on this machine. A new record takes time to spread. See also ip_version.",
	},
	verdict.ProberOffline: {
		meaning: "the machine that runs this has no route to the host, its gateway does not answer, or the control endpoints did not answer either. This says nothing about the port.",
		next:    "check the network of the machine that runs this (ip route get ADDRESS, ip neigh). See also ip_version.",
	},
	verdict.ProberFiltered: {
		meaning: "the machine that runs this did not let the packets out: its own packet filter drops them or rejects them, by a reset or an ICMP error, its connection table is full, or its system forbids to send them. This says nothing about the port.",
		next:    "let the packets out on the machine that runs this: look at its rules for outgoing packets (nft list ruleset, iptables-save), at net.netfilter.nf_conntrack_max and at its routes (ip route get ADDRESS).",
	},
	verdict.ProberExhausted: {
		meaning: "the machine that runs this could not open a socket. This says nothing about the port.",
		next:    "see the reason. Raise the limits of this machine (ulimit -n, net.ipv4.ip_local_port_range), lower max_checks and max_hosts, or correct source_address.",
		ours:    true,
	},
}

// openFiltered explains the state open|filtered.
const openFiltered = "open|filtered: a filter drops the packets to this UDP port, or its service does not answer this request. If the service never answers, declare the port as udp and set assume_silent_udp_open."

// reasonTexts explain the reasons of unhealthy services. A reason that ends
// with a dash stands for all reasons that begin with it.
var reasonTexts = []struct {
	reason look.Reason
	text   string
}{
	{look.ZeroWindow, "a SYN proxy (firewall, DDoS protection) accepted for a server that it does not reach."},
	{look.NoGreeting, "the connection was accepted, then nothing came: the service hangs, is overloaded or expects another protocol, or a load balancer accepts for a back end that is gone."},
	{look.MTUBlackHole, "later packets of the answer came, but none of the first: large packets are lost on the way, as in a VPN or tunnel whose ICMP errors are filtered. Let these errors through, clamp the MSS or lower the MTU of the server."},
	{look.Incomplete, "an answer began but did not end in time: the service is slow or hangs, or expects more."},
	{look.ClosedEarly, "the connection was accepted, then closed or reset: by a load balancer without a back end, by a TCP wrapper or an access list of the service, by a service that wants the PROXY protocol first, or by one that fails."},
	{look.WrongProtocol, "the answer does not belong to the protocol: another service has the port, or the port is declared with the wrong scheme."},
	{look.Unavailable, "the service itself says that it cannot serve now."},
	{look.UnexpectedAnswer, "the service answers, but not what the options of the endpoint (http, dns, grpc) want."},
	{look.NotAllowed, "the service turns this machine away for a while, because of connections like these, as OpenSSH does by PerSourcePenalties: the cause is prober-blocked, not unhealthy."},
	{look.HostBlocked, "the service runs, but blocks this machine, and its logins too, because of connections without a login: MySQL and MariaDB do so after max_connect_errors of them, VNC servers after BlacklistThreshold. The port passes, with a warning. FLUSH HOSTS on a server of MySQL unblocks it."},
	{look.HeaderTooLarge, "the header of the HTTP answer has more than 64 KiB, of which many clients and proxies read less: look for a field or cookie that grows."},
	{look.NoSTARTTLS, "the service does not offer STARTTLS, so a login would not be encrypted."},
	{"status-", "the HTTP status does not pass. 502, 503 and 504 come from a proxy or load balancer whose back end is down, overloaded or slow."},
	{look.TLSExpired, "the certificate, or one in its chain, has expired."},
	{look.TLSExpiresSoon, "the certificate, or one in its chain, is valid for less than tls_min_days."},
	{look.TLSNotYetValid, "the certificate is not valid yet: it is new, or a clock is wrong."},
	{look.TLSWrongName, "the certificate is for other names: another server answers, or server_name is missing."},
	{look.TLSUnknownCA, "this machine does not trust the authority of the certificate, or the server does not send the intermediate certificates: give the authority with ca_file or ca_pem."},
	{look.TLSInsecureSignature, "the certificate, or one in its chain, is signed with SHA-1 or MD5, which clients no longer accept: have it issued anew."},
	{look.TLSBadCert, "the certificate is invalid for another reason."},
	{look.TLSVersion, "the server speaks neither TLS 1.2 nor TLS 1.3."},
	{look.TLSHandshake, "client and server have no cipher or other TLS parameter in common. If the evidence says what the server takes and we lack, the server may be well: OpenSSL and browsers have that."},
	{look.TLSName, "the server has no certificate for the name that it was asked for: see server_name."},
	{look.TLSClientCert, "the server refuses the client certificate: it does not trust its authority, or the certificate has expired or was revoked. See client_cert_pem in tls."},
	{look.TLSAlert, "the server ended the TLS handshake with an alert."},
}

// reasonText explains the reason of an unhealthy service; empty for a reason
// without a text.
func reasonText(reason look.Reason) string {
	if _, ok := reason.Status(); ok {
		reason = "status-"
	}
	for _, r := range reasonTexts {
		if r.reason == reason {
			return r.text
		}
	}
	return ""
}

// serviceLines explains each reason of the unhealthy services in groups once,
// and names the scheme that a service speaks instead, where that is certain.
func serviceLines[G firster](groups []G) []string {
	var lines []string
	say := func(line string) {
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	for _, g := range groups {
		f := g.first()
		if f.Cause != verdict.Unhealthy {
			continue
		}
		if text := reasonText(f.Last.Reason); text != "" {
			say(string(f.Last.Reason) + ": " + text)
		}
		if f.Last.Speaks != "" {
			say(fmt.Sprintf("%s speaks %s: declare \"%d/%s\" if that is meant.", f.Endpoint, f.Last.Speaks, f.Endpoint.Port, f.Last.Speaks))
		}
	}
	return lines
}

// unproven explains why silence does not pass for what is declared filtered.
const unproven = "declared filtered: a port of a host that is down is as silent as a filtered one, so nothing is known about it. Declare a port of the host that answers beside it (open or unfiltered), let the host answer ping, or set control in the provider: where control endpoints answer and the host is silent, the port passes with a warning."

// unprovenLines tells of ports declared filtered whose host does not answer.
func unprovenLines[G firster](groups []G) []string {
	if slices.ContainsFunc(groups, func(g G) bool {
		f := g.first()
		return f.Cause == verdict.HostDown && f.Want == endpoint.WantFiltered
	}) {
		return []string{unproven}
	}
	return nil
}

// hints are what the evidence of groups adds to the meaning of cause.
func hints[G firster](cause verdict.Cause, groups []G, places []verdict.Place) []string {
	switch cause { //nolint:exhaustive // the others have those of their reasons
	case verdict.Unhealthy:
		return serviceLines(groups)
	case verdict.VantageFailed:
		return faultLines(groups, places)
	case verdict.Rejected:
		return forwardLines(groups)
	case verdict.HostDown:
		return unprovenLines(groups)
	}
	return reasonLines(cause, groups)
}

// forwardLines tells of addresses that answer, but say of one of their ports that
// a host is unreachable: it is another host that they mean. A report, which does
// not know who said so, tells it of all.
func forwardLines[G firster](groups []G) []string {
	for _, g := range groups {
		f := g.first()
		if f.Cause != verdict.Rejected || f.Last.Reason != look.HostUnreach {
			continue
		}
		if f.Last.ICMP == nil || f.Last.ICMP.From == f.Last.Remote.Addr() {
			return []string{string(look.HostUnreach) + ": the address answers on other ports, so it most likely passes this one on to another host (NAT, port forwarding, a load balancer), and that host is down."}
		}
	}
	return nil
}

// meaning explains cause in one paragraph; some of groups have it.
func meaning[G firster](cause verdict.Cause, groups []G) string {
	return strings.Join(append([]string{wordsOf(cause, groups).meaning}, hints(cause, groups, nil)...), " ")
}

// sortedCauses returns the causes of groups, the surest first.
func sortedCauses(groups []portGroup) []verdict.Cause {
	var causes []verdict.Cause
	for _, g := range groups {
		causes = append(causes, g.findings[0].Cause)
	}
	order := verdict.Causes()
	place := func(c verdict.Cause) int {
		if i := slices.Index(order, c); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(causes, func(a, b verdict.Cause) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b)) })
	return slices.Compact(causes)
}
