package porttest

import (
	"fmt"
	"net/netip"
	"os/exec"
)

// Network is a further network at the lab's router, with one machine in it.
type Network struct {
	Prefix netip.Prefix
	Addr   netip.Addr // of the machine
	ns     *netns
}

// networkBits is the size of a Network: 16 addresses, the last but one is the
// router's.
const networkBits = 28

// AddNetwork adds a network with IPv4 alone: 203.0.113.0/28, then
// 203.0.113.16/28, and so on up to the sixteenth.
func (l *Lab) AddNetwork() *Network {
	n, err := l.addNetwork(byte(len(l.networks)))
	l.check("add a network", err)
	return n
}

func (l *Lab) addNetwork(i byte) (*Network, error) {
	addr := func(host byte) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, 16*i + host}) }
	machine, gateway := addr(1), addr(14)
	ns, err := newNetns()
	if err != nil {
		return nil, err
	}
	l.networks = append(l.networks, ns)
	err = l.router.ip(fmt.Sprintf(`link add network%[1]d type veth peer name machine0 netns /proc/self/fd/3
addr add %[2]s/%[3]d dev network%[1]d
link set network%[1]d up
`, i, gateway, networkBits), ns.file)
	if err != nil {
		return nil, err
	}
	err = ns.ip(fmt.Sprintf(`link set lo up
addr add %s/%d dev machine0
link set machine0 up
route add default via %s
`, machine, networkBits, gateway))
	if err != nil {
		return nil, err
	}
	return &Network{netip.PrefixFrom(addr(0), networkBits), machine, ns}, ns.do(anyPort)
}

// anyPort lets everybody listen to ports below 1024.
func anyPort() error { return sysctl("ipv4/ip_unprivileged_port_start", "0") }

// Run runs a program on the machine until it ends, as an account that has no
// rights but may listen to any port. In a user namespace the account is that of who
// runs the lab under another number. The program ends with this process.
func (n *Network) Run(cmd *exec.Cmd, account int) error {
	cmd.SysProcAttr = asAccount(account)
	return n.ns.do(cmd.Run)
}
