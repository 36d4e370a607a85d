package blackbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/resolver"
)

// view is an open exporter.
type view struct {
	exporter *Exporter
	line     *httpapi.Line
	modules  modules

	mu     sync.Mutex
	byName map[endpoint.Host]uint32 // the names that the exporter resolves, and their numbers
	names  []endpoint.Host          // by number; the first number is 1
}

// Capacity is how many looks are taken at once.
func (v *view) Capacity() int { return capacity }

// Close closes the connections to the exporter.
func (v *view) Close() error {
	v.line.Close()
	return nil
}

// Look has the exporter take one look at t that lasts at most timeout, by the least
// of timeout and the module's own. RTT is what the exporter measured, or else how
// long its answer took. When ctx ends first, the result is Unknown with the reason
// Cancelled. What the exporter does not tell is in Detail.
func (v *view) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	r := look.Result{State: look.Unknown, Reason: look.Cancelled, Remote: t.Addr, Start: time.Now()}
	if ctx.Err() == nil {
		v.look(ctx, t, timeout, &r)
	}
	if r.RTT == 0 {
		r.RTT = time.Since(r.Start)
	}
	return r
}

func (v *view) look(ctx context.Context, t look.Target, timeout time.Duration, r *look.Result) {
	m, ok := v.modules[t.Scheme]
	if !ok {
		failed(r, fmt.Sprintf("no module in /config does for %s: name one in modules", t.Scheme))
		return
	}
	q, err := newQuestion(m, t, v.nameOf(t.Addr.Addr()))
	if err != nil {
		failed(r, err.Error())
		return
	}
	bounded, cancel := context.WithTimeout(ctx, timeout+moment)
	defer cancel()
	told, ok := v.ask(bounded, q, timeout, r)
	switch {
	case !ok && ctx.Err() != nil:
		r.Set(look.Unknown, look.Cancelled)
		r.Detail = ""
		return
	case !ok:
		return
	}
	r.RTT = told.took
	q.judge(told, timeout, r)
	if r.Reason == look.NotTold && t.Scheme.Service() {
		v.settle(bounded, q, timeout, told.over(timeout), r)
	}
	if r.State != look.Open && r.Detail == "" && told.address != "" && v.exporter.resolveThere {
		r.Detail = httpapi.Printable("the exporter resolved the name to " + told.address)
	}
}

// ask asks q, for a probe that lasts at most timeout. Without an answer it is false,
// and r says why.
func (v *view) ask(ctx context.Context, q question, timeout time.Duration, r *look.Result) (answer, bool) {
	header := v.exporter.server.Header.Clone()
	header.Set(timeoutHeader, allowance(timeout))
	reply, err := v.line.Get(ctx, q.url(v.exporter.probe), header, timeout+slack, timeout+slack)
	switch {
	case err != nil:
		unanswered(r, err)
		return answer{}, false
	case reply.Code != http.StatusOK:
		failed(r, refusal(reply))
		return answer{}, false
	}
	told, err := parse(string(reply.Body))
	if err != nil {
		failed(r, err.Error())
		return answer{}, false
	}
	return told, true
}

// settle finds out whether the port of a service is open, where the log does not
// tell why the service's module failed: with the module for tcp, in the time that the
// look has left. silent tells that the service's probe lasted until its time-out.
func (v *view) settle(ctx context.Context, q question, timeout time.Duration, silent bool, r *look.Result) {
	at := q.asked
	at.Scheme = endpoint.TCP
	deadline, _ := ctx.Deadline()
	left := min(time.Until(deadline)-slack, timeout)
	plain, err := newQuestion(v.modules[endpoint.TCP], at, v.nameOf(at.Addr.Addr()))
	if at.Scheme.Transport() != q.asked.Scheme.Transport() || left < min(leastSettle, timeout) || err != nil {
		return
	}
	var port look.Result
	told, ok := v.ask(ctx, plain, left, &port)
	if !ok {
		return
	}
	switch plain.judge(told, left, &port); {
	case port.State == look.Open && silent:
		r.Set(look.Unresponsive, look.NoGreeting)
	case port.State == look.Open:
		r.Set(look.Unresponsive, look.WrongProtocol)
	case port.State == look.Closed, port.State == look.Filtered:
		r.Set(port.State, port.Reason)
		r.Detail = ""
	}
}

// leastSettle is the least time in which silence is that of a firewall: the first
// packet that is lost is sent again after a second (RFC 6298 section 2), and one that
// is not lost is answered sooner than that.
const leastSettle = 500 * time.Millisecond

// failed makes r a fault of the exporter's.
func failed(r *look.Result, why string) {
	r.Set(look.Unknown, look.VantageFailed)
	r.Detail = httpapi.Printable(why)
}

// unanswered makes r what an error of asking the exporter says. What this machine
// ran out of comes back.
func unanswered(r *look.Result, err error) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		failed(r, "the exporter did not answer in time")
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		r.Set(look.Unknown, look.NoDescriptor)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		r.Set(look.Unknown, look.NoLocalPort)
	default:
		failed(r, "the exporter: "+err.Error())
	}
}

// refusal says what an answer is that has no probe in it.
func refusal(a httpapi.Reply) string {
	if a.Code == http.StatusBadRequest {
		return "the exporter: " + string(a.Body[:min(len(a.Body), httpapi.MaxPrinted)])
	}
	return "the exporter answered " + a.Status
}

// Lookup resolves name with this machine's resolver. Where the exporter is to
// resolve it, the address is one of 0.0.0.0/8, which is nobody's (RFC 791): it stands
// for the name in looks of this view, as it does in SOCKS 4a. It is of IPv4 alone,
// whatever the exporter connects to then.
func (v *view) Lookup(ctx context.Context, name endpoint.Host) ([]netip.Addr, look.Reason) {
	if v.exporter.resolveThere {
		return []netip.Addr{v.standIn(name)}, ""
	}
	return resolver.Lookup(ctx, name)
}

// StandsFor tells whether addr stands for a name.
func (v *view) StandsFor(addr netip.Addr) bool { return v.nameOf(addr) != "" }

// standIn is the address that stands for name.
func (v *view) standIn(name endpoint.Host) netip.Addr {
	v.mu.Lock()
	defer v.mu.Unlock()
	number, ok := v.byName[name]
	if !ok {
		v.names = append(v.names, name)
		number = uint32(len(v.names)) //nolint:gosec // there are fewer names than endpoints
		v.byName[name] = number
	}
	var octets [4]byte
	binary.BigEndian.PutUint32(octets[:], number&0xffffff)
	return netip.AddrFrom4(octets)
}

// nameOf is the name that addr stands for, empty if addr is an address.
func (v *view) nameOf(addr netip.Addr) endpoint.Host {
	if !addr.Is4() || !v.exporter.resolveThere {
		return ""
	}
	octets := addr.As4()
	number := binary.BigEndian.Uint32(octets[:])
	v.mu.Lock()
	defer v.mu.Unlock()
	if number == 0 || int64(number) > int64(len(v.names)) {
		return ""
	}
	return v.names[number-1]
}
