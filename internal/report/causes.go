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
		meaning: "declared closed, but a connection was accepted.",
		next:    "close the port in the firewall or stop the service; if it is meant to be open, declare it in open.",
	},
	verdict.ServiceDown: {
		meaning: "refused with a reset, so the host is up and reachable, but nothing listens on the port, or a firewall rejects with a reset.",
		next:    "see on the host whether the service runs and listens on this address (ss -ltn), then look for a rule that rejects with a reset.",
	},
	verdict.Rejected: {
		meaning: "refused by an ICMP error: a firewall or router on the way, or the host itself, forbids the connection and says so. The evidence names the sender.",
		next:    "look at the rules of the device that sent the ICMP error.",
	},
	verdict.Filtered: {
		meaning: "silent, while other ports of the host answer, so the host is up. A packet filter on the way or on the host drops the packets.",
		next:    "compare the rules for this port (security group, network ACL, host firewall) with those from before the last change.",
		prober:  true,
	},
	verdict.StoppedAnswering: {
		meaning: "the host answered earlier in this run and no longer does: not even the port that answered then. An intrusion-prevention system or rate limit blocks this machine, or the host went down under the probes.",
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
