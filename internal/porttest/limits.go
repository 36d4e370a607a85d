package porttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// icmpUnlimited has the settings that bound how many ICMP errors a host sends,
// and the values that let every rejected packet have its error.
var icmpUnlimited = map[string]string{
	"ipv4/icmp_ratelimit":    "0",
	"ipv6/icmp/ratelimit":    "0",
	"ipv4/icmp_msgs_per_sec": "1000000",
	"ipv4/icmp_msgs_burst":   "1000000",
}

// unlimitICMP switches the limits of router and server off and remembers them.
func (l *Lab) unlimitICMP() error {
	for _, ns := range []*netns{l.router, l.server} {
		l.limits[ns] = map[string]string{}
		for name, value := range icmpUnlimited {
			if err := ns.do(func() error { return replaceSysctl(name, value, l.limits[ns]) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// replaceSysctl changes a setting and keeps its value in before. Before Linux
// 6.12 icmp_msgs_per_sec is one setting of the whole machine and absent here:
// it allows 1,000 a second then.
func replaceSysctl(name, value string, before map[string]string) error {
	was, err := os.ReadFile(filepath.Join("/proc/sys/net", name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	before[name] = strings.TrimSpace(string(was))
	return sysctl(name, value)
}

// LimitICMP gives router and server back the limits of ICMP errors that a Linux
// has by default and that a new lab switches off: of many simultaneous rejects
// to one prober some six are answered, then one a second (IPv6: ten a second);
// the others look silent. Call it before anything is rejected: errors that the
// prober got without limits count against it now.
func (l *Lab) LimitICMP() {
	for ns, limits := range l.limits {
		for name, value := range limits {
			l.check("limit ICMP errors", ns.do(func() error { return sysctl(name, value) }))
		}
	}
}

// SetMTU limits packets between router and server to so many octets. Below
// 1,280 the link carries no IPv6 any more (RFC 8200 section 5).
func (l *Lab) SetMTU(octets int) {
	l.check("set the MTU", errors.Join(
		l.router.ip(fmt.Sprintf("link set router1 mtu %d\n", octets)),
		l.server.ip(fmt.Sprintf("link set server0 mtu %d\n", octets))))
}
