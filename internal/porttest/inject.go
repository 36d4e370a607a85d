package porttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What the lab has no method for can be injected at a place: [Router], [Host] and
// [Prober]. The first two end with the lab. What is changed at the prober stays: the
// test changes it back.

// In runs f in the network namespace of a place. Sockets that f opens stay there.
func (l *Lab) In(at Place, f func() error) {
	ns, err := l.namespace(at)
	if err == nil {
		err = ns.do(f)
	}
	l.check(fmt.Sprintf("do something at the %s", at), err)
}

// NFT runs a script of nft at a place. It leaves the table porttest alone, which is
// the lab's.
func (l *Lab) NFT(at Place, script string) { l.In(at, func() error { return nft().run(script) }) }

// IP runs a script of ip at a place, a command in each line, without the word ip.
func (l *Lab) IP(at Place, script string) { l.In(at, func() error { return ip().run(script) }) }

// Sysctl changes a setting of a place, such as "ipv4/ip_local_port_range", and
// returns the value that it had.
func (l *Lab) Sysctl(at Place, name, value string) (was string) {
	l.In(at, func() error {
		before, err := os.ReadFile(filepath.Join("/proc/sys/net", name))
		was = strings.TrimSpace(string(before))
		return errors.Join(err, sysctl(name, value))
	})
	return was
}

func (l *Lab) namespace(at Place) (*netns, error) {
	switch at {
	case Router:
		return l.router, nil
	case Host:
		return l.server, nil
	case Prober:
		return nil, nil
	}
	return nil, fmt.Errorf("unknown place %q, expected %q, %q or %q", at, Router, Host, Prober)
}
