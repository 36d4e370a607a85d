package porttest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// RequireEnv names the environment variable that, when it is not empty, makes
// [NewLab] fail instead of skip where there is no lab. CI sets it: a lab that is
// silently missing there would test nothing.
const RequireEnv = "PORTCHECK_REQUIRE_LAB"

// Lab is the prober, the router and the server, wired together. At first the
// firewall accepts everything, the line is good, ICMP errors are not limited and
// the server listens to nothing. Its methods are for one goroutine at a time,
// except those of its servers.
type Lab struct {
	fail    func(error)
	router  *netns
	server  *netns
	rules   map[Place]*ruleset
	limits  map[*netns]map[string]string // the kernel's limits of ICMP errors
	relay   *relay                       // nil before the first Impair
	closers []io.Closer                  // servers
	locked  bool

	networks []*netns // those that were added

	synProxy bool // there is one, which a relay would confuse
	noIPv6   bool // the prober has no IPv6
}

// oneLab is held by the open lab: all labs of a process have the same prober.
var oneLab sync.Mutex

// NewLab opens a lab for the rest of the test tb. Where there can be no lab it
// skips the test, or fails it if [RequireEnv] is set. The lab's methods fail
// the test when the kernel, ip or nft refuses something; call them from the
// test's own goroutine. A process has one lab at a time, hence no parallel
// tests.
func NewLab(tb testing.TB) *Lab {
	tb.Helper()
	if reason := Unavailable(); reason != "" {
		if os.Getenv(RequireEnv) != "" {
			tb.Fatalf("no lab, and %s is set: %s", RequireEnv, reason)
		}
		tb.Skipf("no lab: %s", reason)
	}
	if testing.Short() {
		tb.Skip("no lab with -short")
	}
	lab, err := OpenLab(func(err error) {
		tb.Helper()
		tb.Fatal(err)
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := lab.Close(); err != nil {
			tb.Error(err)
		}
	})
	return lab
}

// OpenLab opens a lab for a program that called [Enter]; the caller must close
// it. fail gets the error of any later method that has no error result, and must
// not return, like log.Fatal.
//
// It is an error when there is no lab, when one is open already, or when the
// kernel, ip or nft refuses something.
func OpenLab(fail func(error)) (*Lab, error) {
	if unavailable != "" {
		return nil, errors.New("no lab: " + unavailable)
	}
	if !oneLab.TryLock() {
		return nil, errors.New("open a lab: another one is open in this process")
	}
	lab := &Lab{fail: fail, locked: true, rules: map[Place]*ruleset{Router: {}, Host: {}, Prober: {}}, limits: map[*netns]map[string]string{}}
	if err := lab.build(); err != nil {
		return nil, errors.Join(fmt.Errorf("open a lab: %w", err), lab.Close())
	}
	return lab, nil
}

// The four interface indexes differ because IPv6 takes a second to start
// (measured) on a veth whose peer has the same index: linkwatch_urgent_event in
// net/core/link_watch.c takes it for a device that has no peer. nodad: the IPv6
// addresses are usable at once.
const (
	proberLinks = `link add prober0 index 101 type veth peer name router0 index 102 netns /proc/self/fd/3
addr add 192.0.2.1/24 dev prober0
addr add 2001:db8:1::1/64 dev prober0 nodad
link set prober0 up
`
	routerLinks = `link add router1 index 103 type veth peer name server0 index 104 netns /proc/self/fd/3
addr add 192.0.2.254/24 dev router0
addr add 2001:db8:1::fe/64 dev router0 nodad
addr add 198.51.100.254/24 dev router1
addr add 2001:db8:2::fe/64 dev router1 nodad
link set router0 up
link set router1 up
route add 198.18.0.0/15 via 198.51.100.1
`
	serverRoutes = `link set lo up
link set server0 up
route add default via 198.51.100.254
route add default via 2001:db8:2::fe
route add local 198.18.0.0/15 dev lo
`
	proberRoutes = `route replace default via 192.0.2.254
route replace default via 2001:db8:1::fe
`
	noProberRoutes = `route del default via 192.0.2.254
route del default via 2001:db8:1::fe
`
)

func serverLinks() string {
	var b strings.Builder
	for i := 1; i <= Servers; i++ {
		fmt.Fprintf(&b, "addr add %s/24 dev server0\n", ServerAddr(i))
		fmt.Fprintf(&b, "addr add %s/64 dev server0 nodad\n", ServerAddr6(i))
	}
	return b.String() + serverRoutes
}

func (l *Lab) build() error {
	var err error
	if l.router, err = newNetns(); err != nil {
		return err
	}
	if l.server, err = newNetns(); err != nil {
		return err
	}
	var prober *netns
	for _, step := range []func() error{
		func() error { return prober.do(noDAD) },
		func() error { return l.router.do(noDAD) },
		func() error { return l.server.do(noDAD) },
		func() error { return prober.ip(proberLinks, l.router.file) },
		func() error { return l.router.ip(routerLinks, l.server.file) },
		func() error { return l.server.ip(serverLinks()) },
		func() error { return prober.ip(proberRoutes) },
		func() error { return prober.do(allowPing) },
		func() error { return l.router.do(forward) },
		l.unlimitICMP,
		awaitLinks,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// awaitLinks waits until packets pass in both families. The kernel starts a
// link's queue in a worker of its own some time after the link is up
// (net/core/link_watch.c). Packets that are sent before that are lost, and TCP
// takes a second to send them again.
func awaitLinks() error {
	const nobody = 9 // discard: refused, so an answer shows that there is a way
	dialer := net.Dialer{Timeout: 50 * time.Millisecond}
	for _, addr := range []netip.Addr{ServerAddr(1), ServerAddr6(1)} {
		var err error
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
			_, err = dialer.Dial("tcp", netip.AddrPortFrom(addr, nobody).String())
			if errors.Is(err, syscall.ECONNREFUSED) {
				err = nil
				break
			}
		}
		if err != nil {
			return fmt.Errorf("no packet reaches the server: %w", err)
		}
	}
	return nil
}

// noDAD lets the interfaces to come use their link-local address at once. A
// router without this address cannot ask for its neighbours, and the usual
// duplicate address detection (RFC 4862) withholds it for a second.
func noDAD() error { return sysctl("ipv6/conf/default/accept_dad", "0") }

// allowPing gives unprivileged ICMP sockets to root's group; a new namespace
// gives them to nobody. Inside a user namespace there is no other group.
func allowPing() error { return sysctl("ipv4/ping_group_range", "0 0") }

func forward() error {
	return errors.Join(sysctl("ipv4/ip_forward", "1"), sysctl("ipv6/conf/all/forwarding", "1"))
}

// sysctl sets a setting of the calling thread's network namespace: the kernel
// resolves /proc/sys/net for the thread that opens it.
func sysctl(name, value string) error {
	return os.WriteFile(filepath.Join("/proc/sys/net", name), []byte(value), 0)
}

func (n *netns) ip(script string, files ...*os.File) error {
	return n.do(func() error { return ip(files...).run(script) })
}

// Unroute deletes the prober's default routes, so that it has no way to the
// server: a computer without a network. It fails when they are deleted already.
func (l *Lab) Unroute() {
	var prober *netns
	l.check("delete the default routes", prober.ip(noProberRoutes))
}

// Reroute restores the routes that [Lab.Unroute] deleted.
func (l *Lab) Reroute() {
	var prober *netns
	l.check("restore the default routes", prober.ip(proberRoutes))
}

// LoseGateway makes the prober's gateway a machine that does not answer address
// resolution. [Lab.Reroute] gives it back.
func (l *Lab) LoseGateway() {
	var prober *netns
	l.check("lose the gateway", prober.ip(`route replace default via 192.0.2.253
route replace default via 2001:db8:1::fd
`))
}

// Unplug takes the prober's cable out, for the rest of the lab's life. A worker of
// the kernel's makes that known some time later (net/core/link_watch.c), and forgets
// the neighbours then. Until that time packets are sent, and lost on the way: Unplug
// waits for it. To flush the neighbours would not do, since the worker forgets those
// that are looked for meanwhile.
func (l *Lab) Unplug() {
	l.check("unplug the prober", l.router.ip("link set router0 down\n"))
	var prober *netns
	for _, gateway := range []netip.Addr{RouterAddr, RouterAddr6} {
		known := fmt.Sprintf("neigh get %s dev prober0\n", gateway)
		for end := time.Now().Add(commandTimeout); prober.ip(known) == nil; {
			if time.Now().After(end) {
				l.check("unplug the prober", fmt.Errorf("%s is still known", gateway))
			}
		}
	}
}

func (l *Lab) check(doing string, err error) {
	if err != nil {
		l.fail(fmt.Errorf("lab: %s: %w", doing, err))
		panic("porttest: the fail function of OpenLab returned")
	}
}

// Close closes the lab's servers and removes its namespaces and links. A second
// call does nothing.
func (l *Lab) Close() error {
	if !l.locked {
		return nil
	}
	var errs []error
	for _, server := range l.closers {
		errs = append(errs, server.Close())
	}
	errs = append(errs, l.relay.close())
	// The kernel removes a namespace some time after its last user has gone, and
	// the link with it: too late for the next lab.
	if _, err := net.InterfaceByName("prober0"); err == nil {
		var prober *netns
		errs = append(errs, prober.ip("link del prober0\n"))
	}
	if l.noIPv6 {
		errs = append(errs, setIPv6("0"))
	}
	if !l.rules[Prober].empty() {
		errs = append(errs, nft().run("delete table inet porttest\n"))
	}
	for _, ns := range slices.Concat(l.networks, []*netns{l.router, l.server}) {
		errs = append(errs, ns.close())
	}
	l.locked = false
	oneLab.Unlock()
	return errors.Join(errs...)
}
