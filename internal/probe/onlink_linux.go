package probe

import (
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// onLink tells whether the system sends to an IPv6 address without a router.
func onLink(addr netip.Addr) bool {
	routes, err := os.ReadFile("/proc/self/net/ipv6_route")
	return err == nil && parseOnLink(string(routes), addr)
}

// parseOnLink finds the route to addr in a table as /proc/net/ipv6_route has it
// (kernel: net/ipv6/route.c, rt6_info_route): destination and its bits, source and
// its bits, next hop, and more, all in hexadecimal. The longest prefix wins. It is
// false if there is none.
func parseOnLink(table string, addr netip.Addr) bool {
	longest, direct := -1, false
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		destination, err := hex.DecodeString(fields[0])
		bits, err2 := strconv.ParseUint(fields[1], 16, 8)
		to, ok := netip.AddrFromSlice(destination)
		if err != nil || err2 != nil || !ok {
			continue
		}
		if prefix := netip.PrefixFrom(to, int(bits)); prefix.Contains(addr) && prefix.Bits() > longest {
			longest, direct = prefix.Bits(), strings.Trim(fields[4], "0") == ""
		}
	}
	return direct
}
