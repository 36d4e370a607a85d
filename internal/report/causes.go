package report

import "github.com/portcheck/terraform-provider-portcheck/internal/verdict"

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
		meaning: "the port accepts connections, but what is behind it takes no part: zero-window is a SYN proxy that answers for a server which it does not reach.",
		next:    "see whether the service runs, and whether the device in front of it (firewall, load balancer, DDoS protection) reaches it.",
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
const openFiltered = "open|filtered: a UDP port that is silent may be dropped by a filter, or be served by something that does not answer what it is asked. For services that never answer, set assume_silent_udp_open."
