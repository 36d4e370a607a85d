package probe

import (
	"syscall"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Errors of Windows by their numbers (Windows Sockets Error Codes and System
// Error Codes in Microsoft's documentation), so that every system can test
// what they mean.
const (
	wsaEACCES        syscall.Errno = 10013
	wsaEMFILE        syscall.Errno = 10024
	wsaEMSGSIZE      syscall.Errno = 10040
	wsaEAFNOSUPPORT  syscall.Errno = 10047
	wsaEADDRINUSE    syscall.Errno = 10048
	wsaEADDRNOTAVAIL syscall.Errno = 10049
	wsaENETDOWN      syscall.Errno = 10050
	wsaENETUNREACH   syscall.Errno = 10051
	wsaENETRESET     syscall.Errno = 10052
	wsaECONNABORTED  syscall.Errno = 10053
	wsaECONNRESET    syscall.Errno = 10054
	wsaENOBUFS       syscall.Errno = 10055
	wsaETIMEDOUT     syscall.Errno = 10060
	wsaECONNREFUSED  syscall.Errno = 10061
	wsaEHOSTUNREACH  syscall.Errno = 10065

	errorConnectionRefused  syscall.Errno = 1225
	errorNetworkUnreachable syscall.Errno = 1231
	errorHostUnreachable    syscall.Errno = 1232
	errorPortUnreachable    syscall.Errno = 1234
)

// winsock is what the errors of Windows mean. A refused connect takes two
// seconds there, since Windows sends its SYN again after a reset: shorter
// looks find a closed port silent.
var winsock = errnos{
	connect: map[syscall.Errno]fact{
		wsaECONNREFUSED:        {look.Closed, look.ConnRefused},
		errorConnectionRefused: {look.Closed, look.ConnRefused},
		wsaECONNRESET:          {look.Open, look.SynAck},
		wsaECONNABORTED:        {look.Open, look.SynAck},
		wsaETIMEDOUT:           {look.Filtered, look.NoResponse},
		wsaEHOSTUNREACH:        {look.Filtered, look.HostUnreach},
		errorHostUnreachable:   {look.Filtered, look.HostUnreach},
	},
	datagram: map[syscall.Errno]fact{
		wsaECONNRESET:        {look.Closed, look.PortUnreach}, // recv: of a connected UDP socket, a port unreachable
		wsaECONNREFUSED:      {look.Closed, look.PortUnreach},
		errorPortUnreachable: {look.Closed, look.PortUnreach},
		wsaENETRESET:         {look.Filtered, look.TimeExceeded}, // recv: the time to live expired
	},
	local: map[syscall.Errno]look.Reason{
		wsaENETUNREACH:          look.NoRoute,
		errorNetworkUnreachable: look.NoRoute,
		wsaENETDOWN:             look.NoRoute,
		wsaEAFNOSUPPORT:         look.NoRoute,
		wsaEACCES:               look.PermDenied,
		wsaEMFILE:               look.NoDescriptor,
		wsaENOBUFS:              look.NoBuffer,
		wsaEADDRNOTAVAIL:        look.NoLocalPort,
		wsaEADDRINUSE:           look.NoLocalPort,
	},
}
