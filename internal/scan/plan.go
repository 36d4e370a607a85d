package scan

import (
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Resolution is what is known of a host's addresses.
type Resolution struct {
	Addrs []netip.Addr // in order; at least one if Fault is empty
	Fault look.Reason  // why there are none
}

// Job is one endpoint to look at, at each address of its host.
type Job struct {
	Endpoint endpoint.Endpoint
	Want     endpoint.Want
	Addrs    []netip.Addr
	Fault    look.Reason // why it cannot be looked at; then Addrs is empty
}

// Plan says what a run looks at: every declared endpoint at the addresses of
// its host. It is pure; the order is that of the declaration.
func Plan(declared *endpoint.Declared, resolved map[endpoint.Host]Resolution) []Job {
	jobs := make([]Job, 0, declared.Open+declared.Closed)
	for _, h := range declared.Hosts {
		r := resolved[h.Host]
		for e, want := range h.All() {
			jobs = append(jobs, Job{e, want, r.Addrs, r.Fault})
		}
	}
	return jobs
}

// These stand for what was seen at an address of an endpoint declared closed
// that was never anything else: a sweep of a million ports keeps no observation
// of each.
var (
	// refused answered that it is closed, or something on the way did.
	refused = &verdict.Observation{Last: look.Result{State: look.Closed}}
	// hushed was silent.
	hushed = &verdict.Observation{Last: look.Result{State: look.Filtered, Reason: look.NoResponse}}
	// doubtful was silent, or left out, when the host had stopped answering:
	// that is no evidence, and it is to be looked at again.
	doubtful = &verdict.Observation{Last: look.Result{State: look.Unknown, Reason: look.NoResponse}}
)

// track follows one job through the rounds of a run.
type track struct {
	job Job
	// seen has one observation for each address, nil before the first look
	// has ended.
	seen []*verdict.Observation
	// silentIsOpen is Options.SilentUDPIsOpen, for a port that no service is
	// asked for.
	silentIsOpen bool
}

// newTracks makes the tracks of jobs, in two pieces of memory: there may be a
// million.
func newTracks(jobs []Job, o Options) []*track {
	n := 0
	for _, job := range jobs {
		n += len(job.Addrs)
	}
	seen := make([]*verdict.Observation, n)
	all, tracks := make([]track, len(jobs)), make([]*track, len(jobs))
	for i, job := range jobs {
		n := len(job.Addrs)
		all[i] = track{job, seen[:n:n], o.SilentUDPIsOpen && job.Endpoint.Scheme == endpoint.UDP}
		tracks[i], seen = &all[i], seen[n:]
	}
	return tracks
}

// record takes in the result of a look at the job's i-th address. A look that
// was cancelled says nothing.
func (t *track) record(i int, r look.Result) {
	if r.Reason == look.Cancelled {
		return
	}
	o := t.seen[i]
	if o == nil || o.Looks == 0 { // or it is one of those that are shared
		o = &verdict.Observation{First: r.Start, SilentIsOpen: t.silentIsOpen}
	}
	o.Add(r)
	switch meets := o.Meets(t.job.Want); {
	case meets && t.job.Want == endpoint.WantClosed && o.Looks == 1:
		o = refused
		if r.State != look.Closed {
			o = hushed
		}
	case !meets && o.Last.State != look.Unknown:
		o.Was = o.Last.State
	}
	t.seen[i] = o
}

// doubt takes back that silence at the i-th address of an endpoint declared
// closed is evidence, or that it was not looked at. If the address has stopped
// answering, that goes for the silence of a UDP port, too, that would pass for
// open.
func (t *track) doubt(i int, stopped bool) {
	o := t.seen[i]
	switch {
	case t.job.Want == endpoint.WantOpen && stopped && o != nil && o.SilentIsOpen && o.Last.State == look.OpenFiltered:
		o.Last.State = look.Unknown
	case t.job.Want != endpoint.WantClosed:
	case o == nil || o == hushed:
		t.seen[i] = doubtful
	case t.hidden(i):
		o.Last.State = look.Unknown // keeps Was, Remote and when it was
	}
}

// hidden tells whether silence or an ICMP error is all that speaks for an
// endpoint declared closed.
func (t *track) hidden(i int) bool {
	o := t.seen[i]
	return t.job.Want == endpoint.WantClosed && o != nil && (o == hushed || o.Looks > 0 && o.Last.State == look.Filtered)
}

// settled tells whether the i-th address needs no further look.
func (t *track) settled(i int) bool {
	o := t.seen[i]
	return o != nil && o.Meets(t.job.Want)
}

// combined is the observation that counts for the endpoint. What was not
// looked at is unknown. ok is false if there is nothing to tell of an
// endpoint declared closed.
func (t *track) combined(oneIsEnough bool) (o verdict.Observation, ok bool) {
	if t.job.Fault != "" {
		return unknown(t.job.Fault), true
	}
	if len(t.seen) == 1 {
		return known(t.seen[0]), t.seen[0] != refused && t.seen[0] != hushed
	}
	seen := make([]verdict.Observation, len(t.seen))
	for i, o := range t.seen {
		seen[i] = known(o)
		seen[i].Last.Remote = t.job.Endpoint.AddrPort(t.job.Addrs[i])
	}
	o = verdict.Combine(t.job.Want, oneIsEnough, seen)
	return o, o.Looks > 0 || o.Last.State == look.Unknown
}

func known(o *verdict.Observation) verdict.Observation {
	if o == nil {
		return unknown(look.Cancelled)
	}
	return *o
}

func unknown(why look.Reason) verdict.Observation {
	return verdict.Observation{Last: look.Result{State: look.Unknown, Reason: why}}
}

// asDeclared tells whether the endpoint needs no further look.
func (t *track) asDeclared(oneIsEnough bool) bool {
	o, ok := t.combined(oneIsEnough)
	return !ok || o.Meets(t.job.Want)
}
