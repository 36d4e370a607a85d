package probe

import "syscall"

// This file is the one place that says what an errno or an ICMP error means.

// fact is a state with its evidence.
type fact struct {
	state  State
	reason Reason
}

// fromConnect says what an errno means that ended a connect some time after it
// was under way, where no ICMP error is known: what the network answered.
func fromConnect(errno syscall.Errno) fact {
	if f, ok := connectErrnos[errno]; ok {
		return f
	}
	return fromLocal(errno)
}

// fromLocal says what an errno means that a system call of our own gave at
// once: a fault of the prober, never a state of the port.
func fromLocal(errno syscall.Errno) fact {
	if reason, ok := localErrnos[errno]; ok {
		return fact{Unknown, reason}
	}
	return fact{Unknown, UnexpectedError}
}

// icmpKey is the type and code of an ICMP error.
type icmpKey struct{ typ, code uint8 }

// icmp4Reasons and icmp6Reasons give Nmap's word for an ICMP error
// (portreasons.cc, icmpv4_to_reason and icmpv6_to_reason). Types and codes:
// RFC 792, RFC 1812 section 5.2.7.1, RFC 4443 section 3.
var (
	icmp4Reasons = map[icmpKey]Reason{
		{3, 0}:  "net-unreach",
		{3, 1}:  "host-unreach",
		{3, 2}:  "proto-unreach",
		{3, 3}:  "port-unreach",
		{3, 9}:  "net-prohibited",
		{3, 10}: "host-prohibited",
		{3, 13}: "admin-prohibited",
	}
	icmp6Reasons = map[icmpKey]Reason{
		{1, 0}: "no-route",
		{1, 1}: "admin-prohibited",
		{1, 2}: "beyond-scope",
		{1, 3}: "host-unreach",
		{1, 4}: "port-unreach",
		{1, 5}: "admin-prohibited",
		{1, 6}: "reject-route",
	}
)

// fromICMP says what an ICMP error means that ended a TCP connect: some
// device refused to carry it, so the port is filtered, whatever the code
// (Nmap's scan_engine_raw.cc does the same for its SYN scan).
func fromICMP(m ICMP) fact {
	reasons, timeExceeded, paramProblem := icmp4Reasons, uint8(11), uint8(12)
	if m.From.Is6() {
		reasons, timeExceeded, paramProblem = icmp6Reasons, 3, 4
	}
	reason, ok := reasons[icmpKey{m.Type, m.Code}]
	switch {
	case ok:
	case m.Type == timeExceeded:
		reason = "time-exceeded"
	case m.Type == paramProblem:
		reason = "param-problem"
	default:
		reason = "dest-unreach"
	}
	return fact{Filtered, reason}
}

// HostUnreachable tells whether the sender of m says that the host itself
// cannot be reached: address resolution on its last link failed
// (RFC 1812 section 5.2.7.1 code 1, RFC 4443 section 3.1 code 3).
func (m ICMP) HostUnreachable() bool {
	if m.From.Is6() {
		return m.Type == 1 && m.Code == 3
	}
	return m.Type == 3 && m.Code == 1
}
