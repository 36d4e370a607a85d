//go:build unix

package probe

import "syscall"

// system is what the errors of this system mean.
var system = errnos{
	// Linux: net/ipv4/icmp.c icmp_err_convert, net/ipv4/tcp_input.c tcp_reset.
	connect: map[syscall.Errno]fact{
		syscall.ECONNREFUSED: {Closed, ConnRefused},
		// A reset after the handshake: there was a SYN-ACK.
		syscall.ECONNRESET:   {Open, SynAck},
		syscall.EPIPE:        {Open, SynAck},
		syscall.ETIMEDOUT:    {Filtered, NoResponse},
		syscall.ENETUNREACH:  {Filtered, "net-unreach"},
		syscall.EHOSTUNREACH: {Filtered, HostUnreach},
		syscall.EHOSTDOWN:    {Filtered, HostUnreach},
		syscall.ENOPROTOOPT:  {Filtered, "proto-unreach"},
		syscall.EOPNOTSUPP:   {Filtered, "dest-unreach"},
		syscall.EPROTO:       {Filtered, "param-problem"},
	},
	datagram: map[syscall.Errno]fact{
		syscall.ECONNREFUSED: {Closed, PortUnreach},
	},
	local: map[syscall.Errno]Reason{
		syscall.ENETUNREACH:   NoRoute,
		syscall.EHOSTUNREACH:  NoRoute,
		syscall.EHOSTDOWN:     NoRoute,
		syscall.ENETDOWN:      NoRoute,
		syscall.EINVAL:        NoRoute, // a route of type blackhole
		syscall.EAFNOSUPPORT:  NoRoute, // the system has no IPv6
		syscall.EACCES:        PermDenied,
		syscall.EPERM:         PermDenied,
		syscall.EMFILE:        NoDescriptor,
		syscall.ENFILE:        NoDescriptor,
		syscall.ENOBUFS:       NoBuffer,
		syscall.ENOMEM:        NoBuffer,
		syscall.EADDRNOTAVAIL: NoLocalPort,
		syscall.EAGAIN:        NoLocalPort,
		syscall.EADDRINUSE:    NoLocalPort,
	},
}
