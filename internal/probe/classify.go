package probe

import (
	"errors"
	"os"
	"syscall"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// This file is the one place that says what an errno or an ICMP error means;
// the errnos themselves are in errno_unix.go and errno_winsock.go.

// fact is a state with its evidence.
type fact struct {
	state  look.State
	reason look.Reason
}

// set makes f what r saw.
func set(r *look.Result, f fact) { r.Set(f.state, f.reason) }

// errnos is what the errors of one system mean.
type errnos struct {
	// connect are those with which the network ends a TCP connect.
	connect map[syscall.Errno]fact
	// datagram are those that a connected UDP socket gives instead.
	datagram map[syscall.Errno]fact
	// local are those that our own system calls give at once.
	local map[syscall.Errno]look.Reason
}

// fromConnect says what an errno means when it ends a connect that had already
// been sent, and no ICMP error is known: what the network answered.
func (e errnos) fromConnect(errno syscall.Errno) fact {
	if f, ok := e.connect[errno]; ok {
		return f
	}
	return e.fromLocal(errno)
}

// fromLocal says what an errno means when a system call of our own gives it at
// once: a fault of the prober, never a state of the port.
func (e errnos) fromLocal(errno syscall.Errno) fact {
	if reason, ok := e.local[errno]; ok {
		return fact{look.Unknown, reason}
	}
	return fact{look.Unknown, look.UnexpectedError}
}

// fromOpen says what an error means that net.Dialer gave before it sent
// anything.
func (e errnos) fromOpen(err error) fact {
	call, ok := errors.AsType[*os.SyscallError](err)
	if ok && call.Syscall == "bind" && (errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, wsaEADDRNOTAVAIL)) {
		return fact{look.Unknown, look.BadSource}
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return e.fromLocal(errno)
	}
	return fact{look.Unknown, look.UnexpectedError}
}

// fromDial says what an error of net.Dialer's TCP means. The dialer hides whether
// it came at once, so we guess: ENETUNREACH is our own missing route, EHOSTUNREACH
// a router's answer.
func (e errnos) fromDial(err error) fact {
	if service.IsTimeout(err) {
		return fact{look.Filtered, look.NoResponse}
	}
	open := e.fromOpen(err)
	errno, ok := errors.AsType[syscall.Errno](err)
	if _, local := e.local[errno]; !ok || open.reason == look.BadSource || local && e.connect[errno].reason != look.HostUnreach {
		return open
	}
	return e.fromConnect(errno)
}

// fromSend says what an error means when a connected UDP socket gives it for a
// datagram: an answer to the one before, or a fault of our own.
func (e errnos) fromSend(err error) fact {
	errno, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return fact{look.Unknown, look.UnexpectedError}
	}
	if f, ok := e.datagram[errno]; ok {
		return f
	}
	return e.fromLocal(errno)
}

// fromReceive says what an error means when waiting for a datagram ends with it.
func (e errnos) fromReceive(err error) fact {
	if service.IsTimeout(err) {
		return fact{look.OpenFiltered, look.NoResponse}
	}
	errno, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return fact{look.Unknown, look.UnexpectedError}
	}
	if f, ok := e.datagram[errno]; ok {
		return f
	}
	return e.fromConnect(errno)
}

// icmpKey is the type and code of an ICMP error.
type icmpKey struct{ typ, code uint8 }

// icmp4Reasons and icmp6Reasons give Nmap's word for an ICMP error
// (portreasons.cc, icmpv4_to_reason and icmpv6_to_reason). Types and codes:
// RFC 792, RFC 1812 section 5.2.7.1, RFC 4443 section 3.
var (
	icmp4Reasons = map[icmpKey]look.Reason{
		{3, 0}:  look.NetUnreach,
		{3, 1}:  look.HostUnreach,
		{3, 2}:  look.ProtoUnreach,
		{3, 3}:  look.PortUnreach,
		{3, 9}:  look.NetProhibited,
		{3, 10}: look.HostProhibited,
		{3, 13}: look.AdminProhibited,
	}
	icmp6Reasons = map[icmpKey]look.Reason{
		{1, 0}: look.NoRoute,
		{1, 1}: look.AdminProhibited,
		{1, 2}: look.BeyondScope,
		{1, 3}: look.HostUnreach,
		{1, 4}: look.PortUnreach,
		{1, 5}: look.AdminProhibited,
		{1, 6}: look.RejectRoute,
	}
)

// fromICMP says what an ICMP error means when it ends a look: some device
// refused to carry it, so the port is filtered, whatever the code. Only that a
// UDP port is unreachable, said by the host itself, is a closed port (Nmap's
// scan_engine_raw.cc judges alike).
func fromICMP(m look.ICMP, t look.Target) fact {
	reasons, timeExceeded, paramProblem := icmp4Reasons, uint8(11), uint8(12)
	if m.From.Is6() {
		reasons, timeExceeded, paramProblem = icmp6Reasons, 3, 4
	}
	reason, ok := reasons[icmpKey{m.Type, m.Code}]
	switch {
	case ok:
	case m.Type == timeExceeded:
		reason = look.TimeExceeded
	case m.Type == paramProblem:
		reason = look.ParamProblem
	default:
		reason = look.DestUnreach
	}
	if reason == look.PortUnreach && t.Scheme.Transport() == endpoint.UDP && m.From.WithZone("") == t.Addr.Addr().WithZone("") {
		return fact{look.Closed, reason}
	}
	return fact{look.Filtered, reason}
}

// refusal says what an ICMP error means that ended a look: a fault of this machine,
// if it has sent the error itself.
func refusal(m look.ICMP, t look.Target) fact {
	if reason, ours := ownFault(m, t.Addr.Addr()); ours {
		return fact{look.Unknown, reason}
	}
	return fromICMP(m, t)
}
