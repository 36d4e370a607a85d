package scan

import (
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Resolution has the addresses of a host, or says why there are none.
type Resolution struct {
	Addrs []netip.Addr // in order; at least one if Fault is empty
	Fault look.Reason  // why there are none
}

// Ports are what some ports of a host have in common.
type Ports struct {
	Scheme endpoint.Scheme
	Host   endpoint.Host
	Want   endpoint.Want
}

// Job is one endpoint to look at, at each address of its host. There may be a
// million, so they share what they have in common.
type Job struct {
	*Ports
	*Resolution
	Port uint16
}

// Endpoint is what the job looks at.
func (j Job) Endpoint() endpoint.Endpoint {
	return endpoint.Endpoint{Scheme: j.Scheme, Host: j.Host, Port: j.Port}
}

// AddrPort is the socket address of the endpoint at one of its host's addresses.
func (j Job) AddrPort(addr netip.Addr) netip.AddrPort { return netip.AddrPortFrom(addr, j.Port) }

// Plan says what a run looks at: every declared endpoint at the addresses of
// its host. It is pure; the order is that of the declaration.
func Plan(declared *endpoint.Declared, resolved map[endpoint.Host]Resolution) []Job {
	jobs := make([]Job, 0, declared.Count())
	for _, h := range declared.Hosts {
		r := resolved[h.Host]
		var common *Ports // of endpoints that come one after another
		for e, want := range h.All() {
			if now := (Ports{e.Scheme, e.Host, want}); common == nil || *common != now {
				common = &now
			}
			jobs = append(jobs, Job{common, &r, e.Port})
		}
	}
	return jobs
}

// mark is what was seen at one address, as far as one byte tells.
type mark uint8

const (
	// unseen: no look at it has ended.
	unseen mark = iota
	// observed: its observation is kept.
	observed
	// refused: declared closed, and it, or something on the way, has said so
	// since the first look.
	refused
	// wasSilent: declared closed, and silent since the first look.
	wasSilent
	// doubtful: declared closed, and silent or left out when the host had stopped
	// answering. That is no evidence; it is to be looked at again.
	doubtful
)

// sight is what was seen at one address of an endpoint. A sweep of a million
// ports keeps the observations only of those that a verdict may speak of.
type sight struct {
	mark mark
	kept *verdict.Observation // nil unless mark is observed
}

// observation is what a verdict makes of s. What was not looked at is unknown.
func (s sight) observation() verdict.Observation {
	switch s.mark {
	case observed:
		return *s.kept
	case refused:
		return verdict.Observation{Last: look.Result{State: look.Closed}}
	case wasSilent:
		return verdict.Observation{Last: look.Result{State: look.Filtered, Reason: look.NoResponse}}
	case doubtful:
		return unknown(look.NoResponse)
	case unseen:
	}
	return unknown(look.Cancelled)
}

// asDeclared tells of s whether what was seen is what want asks for.
func (s sight) asDeclared(want endpoint.Want) bool {
	switch s.mark {
	case observed:
		return s.kept.Meets(want)
	case refused, wasSilent:
		return true
	case unseen, doubtful:
	}
	return false
}

// track follows one job through the rounds of a run.
type track struct {
	job  Job
	seen []sight // one for each address of the job
	// silentIsOpen is Options.SilentUDPIsOpen, for a port that no service is
	// asked for.
	silentIsOpen bool
}

// newTracks makes the tracks of jobs, in few pieces of memory: there may be a million.
func newTracks(jobs []Job, o Options) []*track {
	n := 0
	for _, job := range jobs {
		n += len(job.Addrs)
	}
	seen := make([]sight, n)
	all, tracks := make([]track, len(jobs)), make([]*track, len(jobs))
	for i := range jobs {
		n := len(jobs[i].Addrs)
		all[i] = track{jobs[i], seen[:n:n], o.SilentUDPIsOpen && jobs[i].Scheme == endpoint.UDP}
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
	o := verdict.Observation{First: r.Start, SilentIsOpen: t.silentIsOpen}
	if t.seen[i].mark == observed {
		o = *t.seen[i].kept
	}
	o.Add(verdict.About(t.job.Want, r))
	meets := o.Meets(t.job.Want)
	if meets && t.job.Want == endpoint.WantClosed && o.Looks == 1 {
		t.seen[i] = sight{mark: refused}
		if r.State != look.Closed {
			t.seen[i].mark = wasSilent
		}
		return
	}
	if o.Unproven = false; !meets && o.Last.State != look.Unknown {
		o.Was = o.Last.State
	}
	if t.seen[i].mark == observed {
		*t.seen[i].kept = o
		return
	}
	kept := o // or each o of a sweep would be on the heap
	t.seen[i] = sight{observed, &kept}
}

// doubt is what of a round at an address is no evidence.
type doubt struct {
	silence  bool // and ICMP errors
	stopped  bool // since the address stopped answering
	refusals bool // and refusals, since something else refuses for it
}

// doubt makes what it saw at the i-th address inconclusive: for an endpoint that
// silence is good for always, also if it was not looked at; for one that must be
// reached, a refusal that is something else's; for a silent UDP port that would pass
// as open only if the address stopped answering.
func (t *track) doubt(i int, d doubt) {
	s := &t.seen[i]
	switch {
	case !d.silence:
	case t.job.Want.SilencePasses() && (s.mark == unseen || s.mark == wasSilent || s.mark == refused && d.refusals):
		s.mark = doubtful
	case t.hidden(i), s.mark == observed && t.mayDeceive(*s.kept, d):
		s.kept.Last.State = look.Unknown // keeps Was, Remote and when it was
	}
}

// mayDeceive tells of an observation that shows an answer, or counts as one, whether
// d makes it no evidence.
func (t *track) mayDeceive(o verdict.Observation, d doubt) bool {
	if t.job.Want == endpoint.WantOpen {
		return d.stopped && o.SilentIsOpen && o.Last.State == look.OpenFiltered
	}
	return d.refusals && o.Last.State == look.Closed
}

// changed tells whether an endpoint that is to be closed or filtered was not at the
// i-th address, and is now, or is no longer known to be.
func (t *track) changed(i int) bool {
	s := t.seen[i]
	if s.mark != observed {
		return false
	}
	was, is := s.kept.Was, s.kept.Last.State
	switch t.job.Want {
	case endpoint.WantClosed:
		return was == look.Open && is != look.Open
	case endpoint.WantFiltered:
		return was != "" && (is == look.Filtered || is == look.Unknown)
	case endpoint.WantOpen, endpoint.WantUnfiltered:
	}
	return false
}

// hidden tells whether silence or an ICMP error is all that speaks for an
// endpoint that is to be closed or filtered.
func (t *track) hidden(i int) bool {
	s := t.seen[i]
	return t.job.Want.SilencePasses() && (s.mark == wasSilent || s.mark == observed && s.kept.Last.State == look.Filtered)
}

// combined is the observation that counts for the endpoint. ok is false for an
// endpoint declared closed that is: it has no finding.
func (t *track) combined(oneIsEnough bool) (o verdict.Observation, ok bool) {
	if t.job.Fault != "" {
		return unknown(t.job.Fault), true
	}
	if len(t.seen) == 1 {
		mark, o := t.seen[0].mark, t.seen[0].observation()
		o.Last.Remote = t.job.AddrPort(t.job.Addrs[0])
		return o, mark != refused && mark != wasSilent
	}
	seen := make([]verdict.Observation, len(t.seen))
	for i, s := range t.seen {
		seen[i] = s.observation()
		seen[i].Last.Remote = t.job.AddrPort(t.job.Addrs[i])
	}
	o = verdict.Combine(t.job.Want, oneIsEnough, seen)
	return o, o.Looks > 0 || o.Last.State == look.Unknown
}

func unknown(why look.Reason) verdict.Observation {
	return verdict.Observation{Last: look.Result{State: look.Unknown, Reason: why}}
}

// asDeclared tells whether the endpoint needs no further look.
func (t *track) asDeclared(oneIsEnough bool) bool {
	if len(t.seen) == 1 && t.job.Fault == "" {
		return t.seen[0].asDeclared(t.job.Want)
	}
	o, ok := t.combined(oneIsEnough)
	return !ok || o.Meets(t.job.Want)
}
