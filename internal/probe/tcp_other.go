//go:build !linux

package probe

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// tcp fills r by the standard dialer: without an error queue, errno is all
// there is.
func (p Prober) tcp(ctx context.Context, t look.Target, way int, timeout time.Duration, r *look.Result) (next bool) {
	dialer := net.Dialer{Timeout: timeout, KeepAlive: -1}
	if source := p.source(t.Addr.Addr()); source.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(source)
	}
	conn, err := dialer.DialContext(ctx, "tcp", t.Addr.String())
	if err != nil {
		f := system.fromDial(err)
		if ctx.Err() != nil {
			f = fact{look.Unknown, look.Cancelled}
		}
		set(r, f)
		if f.state == look.Filtered { // only now: a neighbour may answer such an address
			if local, err := p.from(ctx, t.Addr.Addr()); err == nil {
				r.Local = netip.AddrPortFrom(local, 0)
				strand(r)
			}
		}
		return false
	}
	r.Set(look.Open, look.SynAck)
	if local, ok := conn.LocalAddr().(*net.TCPAddr); ok {
		r.Local = local.AddrPort()
	}
	if t.Scheme.Service() {
		return service.Converse(ctx, conn, t, way, r.Start.Add(timeout), r)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && t.Abort {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
	return false
}

// reportErrors and connICMP have nothing to ask for here.
var reportErrors func(network, address string, c syscall.RawConn) error

func connICMP(*net.UDPConn) (look.ICMP, bool) { return look.ICMP{}, false }
