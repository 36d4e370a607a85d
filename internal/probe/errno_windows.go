package probe

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// connectErrnos are the errors with which the network ends a connect
// (Windows Sockets Error Codes, Microsoft's documentation of connect).
var connectErrnos = map[syscall.Errno]fact{
	windows.WSAECONNREFUSED: {Closed, ConnRefused},
	windows.WSAECONNRESET:   {Open, SynAck},
	windows.WSAETIMEDOUT:    {Filtered, NoResponse},
	windows.WSAEHOSTUNREACH: {Filtered, "host-unreach"},
}

// localErrnos are the errors that our own system calls give at once.
var localErrnos = map[syscall.Errno]Reason{
	windows.WSAENETUNREACH:   NoRoute,
	windows.WSAEAFNOSUPPORT:  NoRoute,
	windows.WSAEACCES:        PermDenied,
	windows.WSAEMFILE:        NoDescriptor,
	windows.WSAENOBUFS:       NoBuffer,
	windows.WSAEADDRNOTAVAIL: NoLocalPort,
	windows.WSAEADDRINUSE:    NoLocalPort,
}
