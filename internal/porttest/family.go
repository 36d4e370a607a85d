package porttest

import "errors"

// DisableIPv6 takes IPv6 from the prober until the lab is closed, as hardened hosts
// and many containers do: then not even ::1 is an address of its own.
func (l *Lab) DisableIPv6() {
	l.noIPv6 = true
	l.check("disable IPv6", setIPv6("1"))
}

// setIPv6 sets whether IPv6 is disabled on all interfaces of the calling thread's
// namespace, those to come included.
func setIPv6(disabled string) error {
	return errors.Join(
		sysctl("ipv6/conf/all/disable_ipv6", disabled),
		sysctl("ipv6/conf/lo/disable_ipv6", disabled))
}

// TakeIPv6Addresses leaves the prober with its link-local IPv6 address and a
// default route, as a router does that announces itself and no prefix.
func (l *Lab) TakeIPv6Addresses() {
	var prober *netns
	l.check("delete the prober's IPv6 address", prober.ip(`addr del 2001:db8:1::1/64 dev prober0
route replace default via fe80::fe dev prober0
`))
	l.check("give the router a link-local address", l.router.ip("addr replace fe80::fe/64 dev router0 nodad\n"))
}

// AddIPv6Link lets the prober reach the router's IPv6 network on its link without a
// router, whether or not it has an address of that network.
func (l *Lab) AddIPv6Link() {
	var prober *netns
	l.check("add a route to the prober's link", prober.ip("route replace 2001:db8:1::/64 dev prober0\n"))
}
