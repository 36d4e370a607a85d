package probe

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
)

// A rule of this machine may redirect connections to a proxy on it, as the sidecar of a
// service mesh or a security agent does. Such a proxy accepts before it knows whether
// the host does, or for good. The kernel lists its end of the connection among this
// machine's own sockets (proc_net_tcp.rst in the kernel's documentation).

// proxied tells whether the other end of a connection from local to remote is a proxy
// on this machine: on a loopback address, where REDIRECT leads, or on an address that
// is not this machine's, as TPROXY has it. A service of this machine that a rule gives
// another address, as Kubernetes does, is none.
func proxied(local, remote netip.AddrPort) bool {
	if way, ok := routeTo(remote.Addr()); !ok || way.own {
		return false
	}
	sockets4, _ := os.ReadFile("/proc/thread-self/net/tcp")  // no table, no proxy known
	sockets6, _ := os.ReadFile("/proc/thread-self/net/tcp6") // nor here
	for _, sockets := range [][]byte{sockets4, sockets6} {
		if addr, ok := connectedTo(sockets, local); ok && (addr.IsLoopback() || addr == remote.Addr()) {
			return true
		}
	}
	return false
}

// connectedTo finds the socket that is connected to remote in a table as
// /proc/net/tcp has it, and returns its own address. Of a line, the second field is the
// address and port of the socket, and the third those that it is connected to.
func connectedTo(sockets []byte, remote netip.AddrPort) (own netip.Addr, ok bool) {
	forms := [][]byte{tableForm(remote)}
	if remote.Addr().Is4() {
		forms = append(forms, tableForm(netip.AddrPortFrom(netip.AddrFrom16(remote.Addr().As16()), remote.Port())))
	}
	for line := range bytes.Lines(sockets) {
		fields := bytes.Fields(line)
		if len(fields) < 3 || !bytes.Equal(fields[2], forms[0]) && !bytes.Equal(fields[2], forms[len(forms)-1]) {
			continue
		}
		if addr, ok := parseTableForm(fields[1]); ok {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

// tableForm is how the table has an address and port: in hexadecimal, each four bytes
// of the address as a number of this machine's byte order.
func tableForm(a netip.AddrPort) []byte {
	var form []byte
	for addr := a.Addr().AsSlice(); len(addr) > 0; addr = addr[4:] {
		form = fmt.Appendf(form, "%08X", binary.NativeEndian.Uint32(addr))
	}
	return fmt.Appendf(form, ":%04X", a.Port())
}

// parseTableForm is the address of what tableForm writes.
func parseTableForm(form []byte) (netip.Addr, bool) {
	digits, _, _ := bytes.Cut(form, []byte(":"))
	words, err := hex.DecodeString(string(digits))
	if err != nil || len(words)%4 != 0 {
		return netip.Addr{}, false
	}
	for word := words; len(word) > 0; word = word[4:] {
		binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	addr, ok := netip.AddrFromSlice(words)
	return addr.Unmap(), ok
}
