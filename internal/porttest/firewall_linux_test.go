package porttest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// ruleTests has what connect says to each rule in IPv4 and IPv6, and the ICMP
// code behind it. The errnos are those of icmp_err_convert (net/ipv4/icmp.c) and
// tab_unreach (net/ipv6/icmp.c) in Linux.
var ruleTests = []struct {
	rule       Rule
	ipv4, ipv6 answer
}{
	{Accept, answer{0, noICMP}, answer{0, noICMP}},
	{Drop, answer{syscall.ETIMEDOUT, noICMP}, answer{syscall.ETIMEDOUT, noICMP}},
	{RejectReset, answer{syscall.ECONNREFUSED, noICMP}, answer{syscall.ECONNREFUSED, noICMP}},
	{RejectPort, answer{syscall.ECONNREFUSED, 3}, answer{syscall.ECONNREFUSED, 4}},
	{RejectAdmin, answer{syscall.EHOSTUNREACH, 13}, answer{syscall.EACCES, 1}},
	{RejectHost, answer{syscall.EHOSTUNREACH, 1}, answer{syscall.EHOSTUNREACH, 3}},
	{RejectNet, answer{syscall.ENETUNREACH, 0}, answer{syscall.ENETUNREACH, 0}},
	{RejectProto, answer{syscall.ENOPROTOOPT, 2}, noRule},
	{RejectNetProhibited, answer{syscall.ENETUNREACH, 9}, noRule},
	{RejectHostProhibited, answer{syscall.EHOSTUNREACH, 10}, noRule},
	{RejectPolicy, noRule, answer{syscall.EACCES, 5}},
	{RejectRoute, noRule, answer{syscall.EACCES, 6}},
	{RejectCode(2), answer{syscall.ENOPROTOOPT, 2}, answer{syscall.EHOSTUNREACH, 2}},
	{RejectCode(5), answer{syscall.EOPNOTSUPP, 5}, answer{syscall.EACCES, 5}},
	{RejectCode(6), answer{syscall.ENETUNREACH, 6}, answer{syscall.EACCES, 6}},
	{RejectCode(7), answer{syscall.EHOSTDOWN, 7}, noRule},
	{RejectCode(8), answer{syscall.ENONET, 8}, noRule},
	{RejectCode(11), answer{syscall.ENETUNREACH, 11}, noRule},
	{RejectCode(12), answer{syscall.EHOSTUNREACH, 12}, noRule},
	{RejectCode(14), answer{syscall.EHOSTUNREACH, 14}, noRule},
	{RejectCode(15), answer{syscall.EHOSTUNREACH, 15}, noRule},
	{"limit rate over 1/hour burst 1 packets drop", answer{0, noICMP}, answer{0, noICMP}},
}

// answer is an errno of connect and the ICMP code behind it.
type answer struct {
	errno syscall.Errno
	code  int
}

const noICMP = -1

// noRule stands for a rule that the family does not have.
var noRule = answer{0, -2}

// Every rule at both places in both families, all at the same time: no rule
// disturbs another one.
func TestRules(t *testing.T) {
	lab := NewLab(t)
	type endpoint struct {
		at   Place
		rule Rule
		want answer
		addr netip.AddrPort
	}
	var endpoints []endpoint
	for _, at := range []Place{Router, Host} {
		rules := map[netip.AddrPort]Rule{}
		for _, test := range ruleTests {
			for addr, want := range map[netip.Addr]answer{ServerAddr(1): test.ipv4, ServerAddr6(1): test.ipv6} {
				if want == noRule {
					continue
				}
				server := lab.Listen(netip.AddrPortFrom(addr, 0), AcceptClose).Addr()
				endpoints = append(endpoints, endpoint{at, test.rule, want, server})
				rules[server] = test.rule
			}
		}
		lab.SetEach(at, rules)
	}
	// All at once: a plain dialer takes a second to see an IPv6 reject.
	var dials sync.WaitGroup
	for _, e := range endpoints {
		dials.Go(func() {
			what := fmt.Sprintf("%s at the %s", e.rule, e.at)
			check(t, what, e.addr, e.want.errno)
			if e.want.code != noICMP {
				checkICMP(t, what, e.addr, e.at, e.want.code)
			}
		})
	}
	dials.Wait()
	for _, e := range endpoints {
		lab.Set(e.at, e.addr, Accept)
		check(t, "accepted again", e.addr, 0)
	}
}

func TestSetAll(t *testing.T) {
	lab := NewLab(t)
	for _, blocked := range []netip.Addr{ServerAddr(2), ServerAddr6(2)} {
		free := ServerAddr(3)
		if blocked.Is6() {
			free = ServerAddr6(3)
		}
		for _, at := range []Place{Router, Host} {
			one := lab.Listen(netip.AddrPortFrom(blocked, 0), AcceptClose).Addr()
			two := lab.Listen(netip.AddrPortFrom(blocked, 0), AcceptClose).Addr()
			neighbour := lab.Listen(netip.AddrPortFrom(free, one.Port()), AcceptClose)
			lab.SetAll(at, blocked, Drop)
			lab.Set(at, two, Accept)
			check(t, "blocked host", one, syscall.ETIMEDOUT)
			check(t, "accepted on a blocked host", two, 0)
			check(t, "beside a blocked host", neighbour.Addr(), 0)
			if err := neighbour.Close(); err != nil {
				t.Error(err)
			}

			lab.SetAll(at, blocked, RejectReset)
			check(t, "rejected host", one, syscall.ECONNREFUSED)
			lab.SetAll(at, blocked, Accept)
			check(t, "host accepted again", one, 0)
		}
	}
}

// Many endpoints, as many rules, and nobody's ICMP error is held back.
func TestSetEachManyAtOnce(t *testing.T) {
	lab := NewLab(t)
	const many = 400
	rules := map[netip.AddrPort]Rule{}
	for port := range uint16(many) {
		rules[netip.AddrPortFrom(ServerAddr(1), 1000+port)] = []Rule{RejectHost, RejectNet}[port%2]
	}
	lab.SetEach(Router, rules)
	results := make(chan error, many)
	for dst, rule := range rules {
		go func() {
			dialer := net.Dialer{Timeout: 3 * time.Second}
			conn, err := dialer.DialContext(t.Context(), "tcp", dst.String())
			if err == nil {
				conn.Close()
			}
			want := map[Rule]error{RejectHost: syscall.EHOSTUNREACH, RejectNet: syscall.ENETUNREACH}[rule]
			if !errors.Is(err, want) {
				results <- fmt.Errorf("%s: got %w, want %w", dst, err, want)
				return
			}
			results <- nil
		}()
	}
	for range many {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// The rules hold for UDP, too, but a reset is TCP's.
func TestRulesUDP(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range []netip.Addr{ServerAddr(1), ServerAddr6(1)} {
		dst := lab.ListenUDP(netip.AddrPortFrom(addr, 0), Echo).Addr()
		for _, at := range []Place{Router, Host} {
			for rule, want := range map[Rule]error{
				Accept: nil, RejectReset: nil, Drop: os.ErrDeadlineExceeded, RejectPort: syscall.ECONNREFUSED,
			} {
				lab.Set(at, dst, rule)
				if err := ask(t, dst); !errors.Is(err, want) {
					t.Errorf("%s at the %s: %s: got %v, want %v", rule, at, dst, err, want)
				}
			}
			lab.Set(at, dst, Accept)
		}
	}
}
