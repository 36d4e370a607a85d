package porttest

import (
	"errors"
	"fmt"
	"net/netip"
)

// SynProxy puts a SYN proxy (nft(8), SYNPROXY STATEMENT) on the router in front
// of dst for the rest of the lab: the router itself completes the handshake with
// every client and only then opens a connection to the server, so that the port
// looks open whatever is behind. The router's rules for dst see nothing of the
// handshake; to have the server drop it, set a rule at [Host].
//
// The error is that of nft or the kernel, most likely because the kernel lacks
// the SYN proxy: a test skips then.
func (l *Lab) SynProxy(dst netip.AddrPort) error {
	if l.relay != nil {
		return fmt.Errorf("SYN proxy for %s: there is none on an impaired line", dst)
	}
	family := "ip6"
	if dst.Addr().Is4() {
		family = "ip"
	}
	// The priorities put the proxy before the rules, which would otherwise drop
	// or reject the client's SYN. There are no timestamps: the proxy sends
	// wrong ones in its acknowledgement to the server, and a server that checks
	// them (Linux 6.18 does) delays the connection by a second.
	script := fmt.Sprintf(`add table inet porttest_proxy
add chain inet porttest_proxy arriving { type filter hook prerouting priority raw; }
add chain inet porttest_proxy passing { type filter hook forward priority -10; }
add rule inet porttest_proxy arriving %[1]s daddr %[2]s tcp dport %[3]d tcp flags syn notrack
add rule inet porttest_proxy passing %[1]s daddr %[2]s tcp dport %[3]d ct state invalid,untracked synproxy mss 1460 wscale 7 sack-perm
add rule inet porttest_proxy passing %[1]s daddr %[2]s tcp dport %[3]d ct state invalid drop
`, family, dst.Addr(), dst.Port())
	err := l.router.do(func() error {
		if err := nft().run(script); err != nil {
			return err
		}
		// Without tcp_loose, a connection whose beginning conntrack has not
		// seen is invalid. The proxy knows its own connections by their
		// cookies.
		return errors.Join(sysctl("netfilter/nf_conntrack_tcp_loose", "0"), sysctl("ipv4/tcp_syncookies", "1"))
	})
	if err != nil {
		return fmt.Errorf("SYN proxy for %s: %w", dst, err)
	}
	l.synProxy = true
	return nil
}
