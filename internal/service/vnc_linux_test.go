package service_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestTigerVNC: a server counts connections without a login, and blocks a host.
func TestTigerVNC(t *testing.T) {
	tigervnc := func(threshold string) *porttest.Running {
		return porttest.Daemon{
			Command: "Xtigervnc :PORT -nolisten tcp -rfbport PORT -interface 127.0.0.1 -SecurityTypes VncAuth -rfbauth DIR/none -Log *:stdout:30 -BlacklistThreshold " + threshold,
			Ready:   "Listening for VNC connections",
		}.Start(t)
	}
	server := tigervnc("100")
	for range 8 {
		speaks(t, endpoint.VNC, server.Addr, nil)
	}
	log := logged(t, server, "Listening for VNC connections", "Connections: closed", 8)
	only(t, log, `^\s*$|Connections: (accepted|closed): |Clean disconnection$|Client needs protocol version|EncodeManager|ComparingUpdateTracker|^\w+ \w+ +\d+ [\d:]+ \d+$|vncext:|^\s+\d+$|\[mi\] mieq: warning`)
	blocks := tigervnc("1")
	speaks(t, endpoint.VNC, blocks.Addr, nil)
	sees(t, []seen{{endpoint.VNC, blocks.Addr, nil, "open host-blocked", ""}})
}
