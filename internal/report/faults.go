package report

import (
	"fmt"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// faultText is what a reason says where its cause says too little: what happened,
// and the next step, both in sentences.
type faultText struct {
	reason        look.Reason
	meaning, next string
}

// faultTexts are those of reasons for which this machine, or what it may do, is at
// fault.
var faultTexts = []faultText{
	{
		look.NotAllowed,
		"the service runs, but turns this machine away for a while, because of connections without a login like these. OpenSSH does so by PerSourcePenalties; its users on this machine are turned away too.",
		"exempt this machine (PerSourcePenaltyExemptList in sshd_config), look less often, or declare the port as tcp.",
	},
	{
		look.NoRoute,
		"the machine that runs this has no route to the address, or no address of its own to send from, as where IPv6 is switched off or has link-local addresses alone.",
		"check the network of the machine that runs this (ip route get ADDRESS). If it is meant to have no IPv6, or no IPv4, set ip_version to what it has.",
	},
	{
		look.GatewayUnreach,
		"the gateway of the machine that runs this does not answer address resolution, or its link is down, so no packet gets beyond it: a cable is out, a tunnel (VPN) is not connected, or the gateway is down. This says nothing about the port.",
		"check the link and the gateway of the machine that runs this (ip route get ADDRESS, ip link, ip neigh).",
	},
	{
		look.AnswersDropped,
		"the machine that runs this drops the answers itself: at each look its count of packets grows that it received and did not deliver, and not in between. So its own packet filter, or its reverse path filter, lets nothing back in, and nothing is known of the port.",
		"look at the input and prerouting chains of the machine that runs this (nft list ruleset, iptables-save, sysctl net.ipv4.conf.all.rp_filter) for a rule that accepts established connections.",
	},
	{
		look.Proxied,
		"a proxy on the machine that runs this accepts connections in place of the host, whether or not the host does: a rule redirects them to it, as that of a service mesh's sidecar or of a security agent. So nothing is known of the port.",
		"declare the port with its service, such as 5432/postgres, since the answer of a service comes from the host; or exempt it from the redirection (nft list ruleset, iptables-save -t nat: REDIRECT, TPROXY).",
	},
	{
		look.NoFamily,
		"the host has no address of the IP version that ip_version asks for, so nothing was tested.",
		`set ip_version to "any" or to the version of the host's addresses, or declare a host that has such an address.`,
	},
	{
		look.Unspecified,
		"the name resolved to 0.0.0.0 or ::, which is no host's address. A DNS filter answers so for a name that it blocks, and a system that connects there reaches itself. So nothing was tested.",
		"resolve the name on the machine that runs this (dig NAME) and at another name server, and take it off the list of the filter, or correct the record.",
	},
	{
		look.NoHostAddress,
		"the address is no host's, but multicast, reserved, or the broadcast address of a network. So nothing was tested.",
		"declare the host's own address. If a name led there, resolve it on the machine that runs this (dig NAME) and correct the record; some name servers answer so for names that they block.",
	},
	{
		look.ResolverTimeout,
		"no name server answered in time, so nothing is known of the name, and nothing was tested.",
		"check the name servers of the machine that resolves the name (/etc/resolv.conf), and whether a filter drops packets to their port 53.",
	},
	{
		look.ResolverFailure,
		"no name server gave an answer: one failed (SERVFAIL), refused, or could not be reached, or none is configured. So nothing is known of the name, and nothing was tested.",
		"check the name servers of the machine that resolves the name (/etc/resolv.conf), and resolve the name there (dig NAME).",
	},
	{
		look.TooManyAddresses,
		fmt.Sprintf("the name has more than %d addresses, or with its ports more than %d endpoints in one object. Who owns the name would choose how much is scanned, so nothing was tested.", endpoint.MaxAddresses, endpoint.MaxEndpoints),
		"declare the addresses that are meant, fewer ports, or one ip_version.",
	},
}

// faultReasons are the reasons of the groups with this cause, each once.
func faultReasons[G firster](cause verdict.Cause, groups []G) []look.Reason {
	var reasons []look.Reason
	for _, g := range groups {
		if f := g.first(); f.Cause == cause && !slices.Contains(reasons, f.Last.Reason) {
			reasons = append(reasons, f.Last.Reason)
		}
	}
	return reasons
}

// textOfFault is the text that stands in place of that of cause: where all groups
// with the cause have one reason, and that has a text.
func textOfFault[G firster](cause verdict.Cause, groups []G) (faultText, bool) {
	reasons := faultReasons(cause, groups)
	if len(reasons) != 1 {
		return faultText{}, false
	}
	i := slices.IndexFunc(faultTexts, func(t faultText) bool { return t.reason == reasons[0] })
	if i < 0 {
		return faultText{}, false
	}
	return faultTexts[i], true
}

// reasonLines say what the reasons mean, a line each, where they are several and so
// stand beside the text of cause.
func reasonLines[G firster](cause verdict.Cause, groups []G) []string {
	reasons := faultReasons(cause, groups)
	if len(reasons) < 2 {
		return nil
	}
	var lines []string
	for _, t := range faultTexts {
		if slices.Contains(reasons, t.reason) {
			lines = append(lines, string(t.reason)+": "+t.meaning)
		}
	}
	return lines
}
