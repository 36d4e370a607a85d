//go:build !linux

package probe

import (
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// ownFault has nothing to tell where no ICMP error is known.
func ownFault(look.ICMP, netip.Addr) (look.Reason, bool) { return "", false }

// silenceFault has nothing to ask.
func silenceFault(netip.Addr, netip.Addr) look.Reason { return "" }

// isBroadcast has nothing to ask.
func isBroadcast(netip.Addr) bool { return false }
