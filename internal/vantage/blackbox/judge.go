package blackbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// judge puts into r what the answer to q says, where the look was to last timeout.
func (q question) judge(a answer, timeout time.Duration, r *look.Result) {
	switch e, ok := a.decisive(); {
	case a.success:
		q.passed(a, r)
	case ok && e.kind == kindModule:
		r.Set(look.Unknown, look.VantageFailed)
		r.Detail = httpapi.Printable(fmt.Sprintf("module %q: %s", q.module.Name, e.msg))
	case a.status > 0:
		q.answered(a, e, ok, r)
	case ok && a.redirect:
		r.Set(look.Unresponsive, look.Unavailable)
		r.Detail = httpapi.Printable("it redirects to where this happens: " + e.err)
	case ok:
		q.because(a, e, r)
	default:
		q.silent(a, timeout, r)
	}
	if held := a.held.Round(time.Millisecond); r.Reason == look.NoResponse && held > 0 && held < timeout-time.Millisecond {
		r.Detail = httpapi.Printable(fmt.Sprintf("silent for %s, the time-out of module %q, and not %s", held, q.module.Name, timeout))
	}
}

// decisive is the entry of the log that tells why a probe failed: a fault of the
// module if there is one, or else the last.
func (a answer) decisive() (entry, bool) {
	if i := slices.IndexFunc(a.entries, func(e entry) bool { return e.kind == kindModule }); i >= 0 {
		return a.entries[i], true
	}
	if len(a.entries) == 0 {
		return entry{}, false
	}
	return a.entries[len(a.entries)-1], true
}

// passed sets the result of a probe that did as the module wants.
func (q question) passed(a answer, r *look.Result) {
	switch {
	case !q.asked.Scheme.Service():
		r.Set(look.Open, look.SynAck)
	case a.status > 0 && !q.accepts(a.status, true):
		q.refusedBy(a.status, r)
	case q.expiresSoon(a):
		r.Set(look.Unresponsive, look.TLSExpiresSoon)
		r.Detail = "valid until " + a.expiry.UTC().Format(time.DateOnly)
	default:
		r.Set(look.Open, look.ServiceResponse)
	}
}

// expiresSoon tells whether the certificate is valid for too short a time.
func (q question) expiresSoon(a answer) bool {
	options := q.asked.TLS
	if options == nil || options.MinDays == 0 || a.expiry.IsZero() || !q.asked.Scheme.HasCertificate() {
		return false
	}
	return time.Until(a.expiry) < time.Duration(options.MinDays)*24*time.Hour
}

// accepts tells whether a status passes: as the target says, or else as the module
// does.
func (q question) accepts(status int, module bool) bool {
	if q.asked.HTTP == nil || len(q.asked.HTTP.Status) == 0 {
		return module
	}
	return slices.ContainsFunc(q.asked.HTTP.Status, func(s look.StatusRange) bool { return s.First <= status && status <= s.Last })
}

func (q question) refusedBy(status int, r *look.Result) {
	r.Set(look.Unresponsive, look.StatusReason(status))
}

// answered sets the result of a failed probe whose service gave an HTTP status.
func (q question) answered(a answer, e entry, ok bool, r *look.Result) {
	byStatus := e.kind == kindStatus
	if !ok {
		byStatus = !q.wants(a.status)
	}
	switch {
	case byStatus && q.accepts(a.status, false):
		q.passed(a, r)
	case byStatus, !q.accepts(a.status, true):
		q.refusedBy(a.status, r)
	case e.kind == kindTalk && isTimeout(e.err):
		r.Set(look.Unresponsive, look.Incomplete)
	case e.kind == kindTalk:
		r.Set(look.Unresponsive, look.ClosedEarly)
	default:
		r.Set(look.Unresponsive, look.WrongProtocol)
		r.Detail = httpapi.Printable(fmt.Sprintf("status %d, and module %q wants more: %s", a.status, q.module.Name, e.msg))
	}
}

// because sets what the log of a failed probe tells.
func (q question) because(a answer, e entry, r *look.Result) {
	switch {
	case e.kind == kindWrong:
		r.Set(look.Unresponsive, look.WrongProtocol)
		r.Detail = httpapi.Printable(e.msg)
	case e.kind == kindDown:
		r.Set(look.Unresponsive, look.Unavailable)
		r.Detail = httpapi.Printable(e.msg)
	case isTimeout(e.err):
		q.timedOut(a, r)
	default:
		q.failed(a, e, r)
	}
}

// failed sets what the error of Go tells that ended a probe.
func (q question) failed(a answer, e entry, r *look.Result) {
	state, reason, known := reasonOf(e.err)
	switch {
	case !known && e.kind == kindTalk:
		state, reason = look.Unresponsive, look.WrongProtocol
	case !known:
		state, reason = look.ClosedFiltered, look.NotTold
	case a.read && reason == look.NoGreeting:
		reason = look.WrongProtocol
	}
	r.Set(state, reason)
	if state == look.Unresponsive || state == look.Unknown || reason == look.NotTold {
		r.Detail = httpapi.Printable(request.ReplaceAllLiteralString(e.err, ""))
		r.Speaks = speaks(e.err)
	}
	if isVerification(reason) {
		q.verified(e.err, r)
	}
}

// timedOut sets the result of a request or a handshake that the time-out ended. The
// error does not say how far it had come.
func (q question) timedOut(a answer, r *look.Result) {
	switch {
	case q.module.Prober == proberTCP, a.connected, a.tlsBegan: // connecting has errors of its own
		r.Set(look.Unresponsive, look.NoGreeting)
	case q.urlScheme() == endpoint.HTTP, a.timed:
		r.Set(look.Filtered, look.NoResponse)
	default:
		r.Set(look.ClosedFiltered, look.NotTold)
		r.Detail = "silent, before TLS or in it: this version of the exporter does not tell"
	}
}

// verified corrects what r says of a certificate that the module does not accept,
// where nobody wants it verified, or verified by other authorities, or for another
// name: version 0.23 knows of hostname for HTTP alone.
func (q question) verified(err string, r *look.Result) {
	at := q.asked.Addr.Addr().String()
	switch {
	case r.Reason == look.TLSWrongName && q.host != "" && (strings.HasSuffix(err, "not "+at) || strings.Contains(err, "certificate for "+at+" because")):
		r.Set(look.Unknown, look.VantageFailed)
		r.Detail = "this version of the exporter verifies an address: set tls_config.server_name"
	case !q.verifies():
		r.Set(look.Unknown, look.VantageFailed)
		r.Detail = httpapi.Printable(fmt.Sprintf("module %q verifies certificates: it lacks insecure_skip_verify", q.module.Name))
	case r.Reason == look.TLSUnknownCA && q.asked.TLS != nil && q.asked.TLS.Roots != nil && !q.trusts():
		r.Set(look.Unknown, look.VantageFailed)
		r.Detail = httpapi.Printable(fmt.Sprintf("module %q has no tls_config.ca_file: it trusts others than you", q.module.Name))
	}
}

// silent sets what a failed probe without a reason in its log tells: only its metrics
// do then.
func (q question) silent(a answer, timeout time.Duration, r *look.Result) {
	over := a.over(timeout)
	plain := !q.asked.Scheme.Service() || q.speaksHTTP() && q.urlScheme() == endpoint.HTTP
	switch {
	case a.mismatched:
		r.Set(look.Unresponsive, look.WrongProtocol)
	case a.connected && over:
		r.Set(look.Unresponsive, look.NoGreeting)
	case a.connected:
		r.Set(look.Unresponsive, look.ClosedEarly)
	case over && plain: // or something would have come
		r.Set(look.Filtered, look.NoResponse)
		return
	default:
		r.Set(look.ClosedFiltered, look.NotTold)
	}
	untold(a, r)
}

// over tells whether a probe lasted until its time-out, at most timeout. The clock
// of the exporter starts a moment after its time-out does.
func (a answer) over(timeout time.Duration) bool {
	if a.held > 0 {
		timeout = min(timeout, a.held)
	}
	return a.took > 0 && a.took >= timeout-min(timeout/10, 50*time.Millisecond)
}

// untold says why the log does not tell more.
func untold(a answer, r *look.Result) {
	switch {
	case !a.logged:
		r.Detail = "its log is empty: run the exporter with --log.prober=info, or version 0.28"
	case a.other != "":
		r.Detail = httpapi.Printable("its log: " + a.other)
	}
}
