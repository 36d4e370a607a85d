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
	// Before the rules, which would otherwise drop or reject the client's SYN. No
	// timestamps: in those of its own acknowledgement to the server the proxy
	// errs, and since a server checks them (Linux 6.18 does) it then takes a
	// second for the connection to begin.
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
		// What conntrack has not seen begin is no connection, but for the proxy,
		// which knows its own by their cookies.
		return errors.Join(sysctl("netfilter/nf_conntrack_tcp_loose", "0"), sysctl("ipv4/tcp_syncookies", "1"))
	})
	if err != nil {
		return fmt.Errorf("SYN proxy for %s: %w", dst, err)
	}
	l.synProxy = true
	return nil
}
