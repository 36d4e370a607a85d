//go:build unix

package probe

import (
	"syscall"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// system is what the errors of this system mean.
var system = errnos{
	// Linux: net/ipv4/icmp.c icmp_err_convert, net/ipv4/tcp_input.c tcp_reset.
	connect: map[syscall.Errno]fact{
		syscall.ECONNREFUSED: {look.Closed, look.ConnRefused},
		// A reset after the handshake: there was a SYN-ACK.
		syscall.ECONNRESET:   {look.Open, look.SynAck},
		syscall.EPIPE:        {look.Open, look.SynAck},
		syscall.ETIMEDOUT:    {look.Filtered, look.NoResponse},
		syscall.ENETUNREACH:  {look.Filtered, look.NetUnreach},
		syscall.EHOSTUNREACH: {look.Filtered, look.HostUnreach},
		syscall.EHOSTDOWN:    {look.Filtered, look.HostUnreach},
		syscall.ENOPROTOOPT:  {look.Filtered, look.ProtoUnreach},
		syscall.EOPNOTSUPP:   {look.Filtered, look.DestUnreach},
		syscall.EPROTO:       {look.Filtered, look.ParamProblem},
	},
	datagram: map[syscall.Errno]fact{
		syscall.ECONNREFUSED: {look.Closed, look.PortUnreach},
	},
	local: map[syscall.Errno]look.Reason{
		syscall.ENETUNREACH:   look.NoRoute,
		syscall.EHOSTUNREACH:  look.NoRoute,
		syscall.EHOSTDOWN:     look.NoRoute,
		syscall.ENETDOWN:      look.NoRoute,
		syscall.EINVAL:        look.NoRoute, // a route of type blackhole
		syscall.EAFNOSUPPORT:  look.NoRoute, // the system has no IPv6
		syscall.EACCES:        look.PermDenied,
		syscall.EPERM:         look.PermDenied,
		syscall.EMFILE:        look.NoDescriptor,
		syscall.ENFILE:        look.NoDescriptor,
		syscall.ENOBUFS:       look.NoBuffer,
		syscall.ENOMEM:        look.NoBuffer,
		syscall.EADDRNOTAVAIL: look.NoLocalPort,
		syscall.EAGAIN:        look.NoLocalPort,
		syscall.EADDRINUSE:    look.NoLocalPort,
	},
}
