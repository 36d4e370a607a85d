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
	// Azure, "What is IP address 168.63.129.16?": gives machines their configuration.
	{netip.MustParsePrefix("168.63.129.16/32"), metadata},
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
	{name: "metadata.goog"},              // the same
	{name: "instance-data.ec2.internal"}, // Amazon EC2's resolver has it
	{name: "metadata.tencentyun.com"},    // Tencent Cloud, "Querying Instance Metadata"
}

// Networks whose addresses carry an IPv4 address, which a gateway connects to.
var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052 section 2.1
	sixToFour = netip.MustParsePrefix("2002::/16")    // RFC 3056 section 2
)

// formsOf returns addr without its zone, an IPv4-mapped one as IPv4, and after it the
// IPv4 address that it carries, if it does.
func formsOf(addr netip.Addr) []netip.Addr {
	addr = addr.WithZone("").Unmap()
	octets := addr.As16()
	switch {
	case nat64.Contains(addr):
		return []netip.Addr{addr, netip.AddrFrom4([4]byte(octets[12:]))}
	case sixToFour.Contains(addr):
		return []netip.Addr{addr, netip.AddrFrom4([4]byte(octets[2:6]))}
	}
	return []netip.Addr{addr}
}
