package guard

import (
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

const (
	linkLocal = "a link-local address, among which clouds have the metadata and credentials of their machines"
	metadata  = "where a cloud keeps the metadata and credentials of its machines"
)

// reservedTable has the addresses that a name must not lead to: whoever owns a name
// chooses them. The comments say where each is documented.
var reservedTable = []struct {
	prefix netip.Prefix
	what   string
}{
	// RFC 3927. 169.254.169.254 is that of AWS, Azure, Google Cloud, Oracle, OpenStack
	// and others; 169.254.170.2 of Amazon ECS, 169.254.42.42 of Scaleway, 169.254.0.23
	// of Tencent Cloud.
	{netip.MustParsePrefix("169.254.0.0/16"), linkLocal},
	// RFC 4291 section 2.5.6. fe80::a9fe:a9fe is that of OpenStack.
	{netip.MustParsePrefix("fe80::/10"), linkLocal},
	// AWS, "Use the Instance Metadata Service": IPv6 address of the service.
	{netip.MustParsePrefix("fd00:ec2::254/128"), metadata},
	// Amazon EKS, "Set up the Amazon EKS Pod Identity Agent".
	{netip.MustParsePrefix("fd00:ec2::23/128"), metadata},
	// Google Cloud, "About VM metadata": IPv6 address of the metadata server.
	{netip.MustParsePrefix("fd20:ce::254/128"), metadata},
	// Alibaba Cloud ECS, "View instance metadata".
	{netip.MustParsePrefix("100.100.100.200/32"), metadata},
	{netip.MustParsePrefix("fd00:100::100:200/128"), metadata},
	// Azure, "What is IP address 168.63.129.16?": gives machines their configuration.
	{netip.MustParsePrefix("168.63.129.16/32"), metadata},
	// Akamai (Linode), "Overview of the Metadata Service".
	{netip.MustParsePrefix("fd00:a9fe:a9fe::1/128"), metadata},
	// Oracle Cloud Infrastructure, "Getting Instance Metadata"; its SDKs have it too.
	{netip.MustParsePrefix("fd00:c1::a9fe:a9fe/128"), metadata},
	// Oracle Cloud Infrastructure Classic, "Retrieving Instance Metadata".
	{netip.MustParsePrefix("192.0.0.192/32"), metadata},
	// Scaleway, "Accessing the metadata API".
	{netip.MustParsePrefix("fd00:42::42/128"), metadata},
}

// reserved says what addr is that a name must not lead to; empty if a name may. addr
// has no zone.
func reserved(addr netip.Addr) string {
	for _, r := range reservedTable {
		if r.prefix.Contains(addr) {
			return r.what
		}
	}
	return ""
}

// names are rules about names that nobody wrote.
type names []rule

func (n names) has(h endpoint.Host) bool {
	for _, r := range n {
		if r.matches(h) {
			return true
		}
	}
	return false
}

// metadataNames are the names of such addresses, for where the address is not seen.
var metadataNames = names{
	{name: "metadata.google.internal"},   // Google Cloud, "About VM metadata"
	{name: "metadata"},                   // the same, by the search list of its machines
	{name: "metadata.goog"},              // the same
	{name: "instance-data.ec2.internal"}, // Amazon EC2's resolver has it
	{name: "instance-data"},              // the same, by the search list of its machines
	{name: "api.metadata.cloud.ibm.com"}, // IBM Cloud VPC, "About instance metadata"
	{name: "metadata.tencentyun.com"},    // Tencent Cloud, "Querying Instance Metadata"
}

// carriers are networks whose addresses carry an IPv4 address, which a gateway connects
// to. first is where it begins, in octets.
var carriers = []struct {
	prefix netip.Prefix
	first  int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12}, // RFC 6052 section 2.1
	// RFC 8215; other forms of RFC 6052 than that of /96 are not known here.
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12},
	{netip.MustParsePrefix("2002::/16"), 2}, // RFC 3056 section 2
}

// carried returns the IPv4 addresses that the addresses of n carry; ok is false if
// they carry none.
func carried(n netip.Prefix) (of netip.Prefix, ok bool) {
	octets := n.Addr().As16()
	for _, c := range carriers {
		if n.Bits() >= c.prefix.Bits() && c.prefix.Contains(n.Addr()) {
			addr := netip.AddrFrom4([4]byte(octets[c.first:]))
			return netip.PrefixFrom(addr, min(max(0, n.Bits()-8*c.first), 32)).Masked(), true
		}
	}
	return netip.Prefix{}, false
}

// formsOf returns addr without its zone, an IPv4-mapped one as IPv4, and after it the
// address that is connected to in its place, if there is one.
func formsOf(addr netip.Addr) []netip.Addr {
	addr = addr.WithZone("").Unmap()
	switch of, ok := carried(netip.PrefixFrom(addr, addr.BitLen())); {
	case ok:
		return []netip.Addr{addr, of.Addr()}
	case addr == netip.IPv4Unspecified(): // Linux connects to the host itself
		return []netip.Addr{addr, netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	case addr == netip.IPv6Unspecified():
		return []netip.Addr{addr, netip.IPv6Loopback()}
	}
	return []netip.Addr{addr}
}
