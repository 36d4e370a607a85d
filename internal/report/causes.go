package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// causeText is what a cause means and what to do about it, in sentences.
type causeText struct {
	meaning string
	next    string
	// prober tells that the prober may be at fault: too short a time-out, or
	// too fast for something on the way.
	prober bool
}

var causeTexts = map[verdict.Cause]causeText{
	verdict.UnexpectedOpen: {
		meaning: "declared closed, but it answers: a connection was accepted, or a datagram answered.",
		next:    "close the port in the firewall or stop the service; if it is meant to be open, declare it in open.",
	},
	verdict.ServiceDown: {
		meaning: "refused with a reset, or over UDP by the host itself, so the host is up and reachable, but nothing listens on the port, or a firewall rejects like that.",
		next:    "see on the host whether the service runs and listens on this address (ss -ltun), then look for a rule that rejects.",
	},
	verdict.Unhealthy: {
		meaning: "the port accepts connections, but what is behind it does not do its part.",
		next:    "see whether the service runs and what it logs, and whether the device in front of it (load balancer, proxy, firewall) reaches it.",
	},
	verdict.Rejected: {
		meaning: "refused by an ICMP error: a firewall or router on the way, or the host itself, forbids the connection and says so.",
		next:    "look at the rules of the device that sent the ICMP error: the message of the plan or apply that found this names it under Evidence.",
	},
	verdict.Filtered: {
		meaning: "silent, while the host answers otherwise, so it is up. A packet filter on the way or on the host drops the packets.",
		next:    "compare the rules for this port (security group, network ACL, host firewall) with those from before the last change.",
		prober:  true,
	},
	verdict.StoppedAnswering: {
		meaning: "the host answered earlier in this run and no longer does, or not at this pace. An intrusion-prevention system or a limit to new connections blocks this machine, or the host went down under the probes. Ports declared closed that fell silent then are inconclusive.",
		next:    "lower max_rate (say, to 50) and max_checks and look again; or have the device let this machine through. If it then still is silent, see whether the host runs.",
		prober:  true,
	},
	verdict.ProberBlocked: {
		meaning: "no port of the host answers, but it answers ping: it is up, and a packet filter drops what this machine sends to its ports.",
		next:    "look for a rule that lets ping through and drops the rest from this machine: the filter of the host or of its network, or an intrusion-prevention system that has blocked this machine.",
		prober:  true,
	},
	verdict.HostDown: {
		meaning: "nothing of what is declared of the host answers, nor ping where it could be tried, or its last router says that it is unreachable. It is down or has another address, or everything from this machine to it is dropped.",
		next:    "see whether the host runs and has this address, then look for rules that drop everything from this machine to it.",
		prober:  true,
	},
	verdict.NotResolvable: {
		meaning: "the name gave no address to use, so nothing was tested.",
		next:    "resolve the name on the machine that runs this (dig NAME); a new record takes time to spread. See also ip_version.",
	},
	verdict.ProberOffline: {
		meaning: "the machine that runs this has no route to the host, or the control endpoints did not answer either. It says nothing about the port.",
		next:    "check the network of the machine that runs this (ip route get ADDRESS).",
	},
	verdict.ProberExhausted: {
		meaning: "the machine that runs this could not open a connection of its own. It says nothing about the port.",
		next:    "see the reason: raise its limits (ulimit -n, net.ipv4.ip_local_port_range), lower max_checks and max_hosts, or correct source_address.",
	},
}

// openFiltered says what to make of the state.
const openFiltered = "open|filtered: a UDP port that is silent may be dropped by a filter, or be served by something that does not answer what it is asked. For what never answers, declare the port as udp and set assume_silent_udp_open."

// reasonTexts say what a service that is unhealthy did. One that ends with a
// dash stands for all that begin like that.
var reasonTexts = []struct {
	reason probe.Reason
	text   string
}{
	{probe.ZeroWindow, "a SYN proxy (firewall, DDoS protection) accepted for a server that it does not reach."},
	{probe.NoGreeting, "the connection was accepted and then not a byte came: the service hangs, is overloaded, or waits for something else to begin with; or a load balancer accepts for a back end that is gone."},
	{probe.Incomplete, "an answer began and did not end in time: the service is slow or hangs, or waits for something else."},
	{probe.ClosedEarly, "the connection was accepted and then closed or reset: a load balancer without a back end, a TCP wrapper or an access list of the service, or a service that just fails."},
	{probe.WrongProtocol, "what came is not of the protocol: another service has the port, or it is declared with the wrong scheme."},
	{probe.Unavailable, "the service says itself that it cannot serve now."},
	{probe.NoSTARTTLS, "the service does not offer STARTTLS, so nobody should log in to it."},
	{"status-", "the HTTP status does not pass. 502, 503 and 504 come from a proxy or load balancer whose back end is down, overloaded or slow."},
	{probe.TLSExpired, "the certificate, or one that it depends on, has expired."},
	{probe.TLSExpiresSoon, "the certificate is valid for less than tls_min_days."},
	{probe.TLSNotYetValid, "the certificate is not valid yet: it is new, or a clock is wrong."},
	{probe.TLSWrongName, "the certificate is for other names: another server answers, or server_name is missing."},
	{probe.TLSUnknownCA, "the certificate is of an authority that this machine does not trust, or the server does not send those in between: give it with ca_file or ca_pem."},
	{probe.TLSBadCert, "the certificate is not valid for another reason."},
	{probe.TLSVersion, "the server speaks none of TLS 1.2 and 1.3."},
	{probe.TLSHandshake, "client and server have no cipher or other parameter of TLS in common."},
	{probe.TLSName, "the server has no certificate for the name that it was asked for: see server_name."},
	{probe.TLSAlert, "the server ended the TLS handshake with an alert."},
}

// reasonText says what an unhealthy service did, empty for reasons that need no
// words.
func reasonText(reason probe.Reason) string {
	for _, r := range reasonTexts {
		if r.reason == reason || strings.HasSuffix(string(r.reason), "-") && strings.HasPrefix(string(reason), string(r.reason)) {
			return r.text
		}
	}
	return ""
}

// serviceLines say what the unhealthy services of groups did: each reason once,
// and what speaks instead where that is certain.
func serviceLines[G interface{ first() verdict.Finding }](groups []G) []string {
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

// meaning says in one paragraph what cause means, for groups of which some have
// it.
func meaning[G interface{ first() verdict.Finding }](cause verdict.Cause, groups []G) string {
	lines := []string{causeTexts[cause].meaning}
	if cause == verdict.Unhealthy {
		lines = append(lines, serviceLines(groups)...)
	}
	return strings.Join(lines, " ")
}
