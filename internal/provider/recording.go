package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// recording is the result of the scan for a baseline.
type recording struct {
	open     baseline.Baseline
	gaps     []report.Unrecorded // hosts that open does not have, in order
	unsteady []verdict.Finding   // open at some looks or addresses only, so that open does not have them
	lost     bool                // the place failed, and open may have anything or nothing
}

// record scans the ports that object declares. Two looks must agree before a
// port counts as open. A host is never an error here; only a wrong declaration
// and an interruption are. The result is nil if there are errors, or if nothing
// may be probed.
func (d *providerData) record(ctx context.Context, object values) (*recording, diag.Diagnostics) {
	if d.gate.shut() {
		return nil, nil
	}
	from, known, diags := fromOne(ctx, object)
	g, more := d.gateFor(ctx, object, from)
	diags.Append(more...)
	if g.shut() {
		return nil, append(diags, g.rests()...)
	}
	declared, s, more := d.toScan(ctx, from, object)
	diags.Append(more...)
	if known == isUnknown && !diags.HasError() {
		diags.Append(bug("Unknown declaration", "Places are not known although they are to be scanned from"))
	}
	if diags.HasError() {
		return nil, diags
	}
	r, err := d.sweep(ctx, from, declared, s)
	if err != nil {
		summary, detail := "Baseline scan interrupted", "The scan was interrupted before it finished. Nothing was recorded."
		if late, ok := errors.AsType[timeIsUp](err); ok {
			summary, detail = "Baseline scan not finished in time", tooLate(late)
		}
		diags.Append(notScanned(err, declared, summary, detail))
		return nil, diags
	}
	return &r, diags
}

// tooLate says that a scan took longer than its timeout.
func tooLate(e timeIsUp) string {
	return fmt.Sprintf("The scan was not finished after %s, its timeout. Nothing was recorded, and a record from before stays. "+
		"Expected a longer time in timeouts, or fewer hosts or ports. Hosts that drop packets take the longest; a shorter checks_read_timeout shortens that.", e.limit)
}

// toScan reads what object scans from these places, and with which settings. A place
// that cannot look at it and a host that the operator refuses are errors.
func (d *providerData) toScan(ctx context.Context, from []string, object values) (*endpoint.Declared, settings, diag.Diagnostics) {
	declared, diags := resolveSweep(ctx, object)
	own, more := d.settings.override(ctx, object, ofScans)
	diags.Append(more...)
	if declared == nil && !diags.HasError() {
		diags.Append(bug("Unknown declaration", "Hosts or ports are not known although they are to be scanned"))
	}
	if !diags.HasError() {
		diags.Append(d.placed(from, declared)...)
		diags.Append(d.refused(sweptHosts(ctx, object))...)
	}
	return declared, own, diags
}

// sweep scans the ports of declared from one place. The error is that of
// providerData.scan.
func (d *providerData) sweep(ctx context.Context, from []string, declared *endpoint.Declared, s settings) (r recording, err error) {
	if len(from) == 0 || declared.Nothing() {
		return recording{open: baseline.Baseline{}}, nil
	}
	v, err := d.scan(ctx, from, declared, s.sweepOptions())
	var again verdict.Verdict
	if err == nil && !s.oneIsEnough {
		again, err = d.partlyOpen(ctx, from, recordingOf(declared, v, nil).open, s)
	}
	if err != nil {
		return r, err
	}
	r = recordingOf(declared, v, slices.AppendSeq(again.Failures(), again.Untested()))
	r.lost = len(v.Failed)+len(again.Failed) > 0
	return r, nil
}

// sweepOptions returns the options of a scan that looks for open ports. A port
// is open if it is open at one address, and a UDP port only if it answers. The
// re-check is the second look.
func (s settings) sweepOptions() scan.Options {
	o := s.options(time.Time{})
	o.Rechecks = max(1, o.Rechecks)
	o.OneIsEnough = false
	o.SilentUDPIsOpen = false
	return o
}

// partlyOpen looks again at the open ports of names, and finds those that are not
// open at every address of their name. A check of the baseline would find them too.
func (d *providerData) partlyOpen(ctx context.Context, from []string, open baseline.Baseline, s settings) (v verdict.Verdict, err error) {
	names := map[string]endpoint.List{}
	for host, ports := range open {
		if _, isAddr := host.Addr(); isAddr || len(ports) == 0 {
			continue
		}
		var list endpoint.List
		for _, p := range ports {
			list.Elements = append(list.Elements, endpoint.Element{Value: p})
		}
		names[string(host)] = list
	}
	declared, _ := endpoint.Declaration{Baseline: names}.Resolve() // the scan wrote them
	return d.scan(ctx, from, declared, s.sweepOptions())
}

// recordingOf makes a recording of v, the verdict of a scan of declared, in
// which every port is declared closed. partly has the endpoints that are open
// at some addresses of their name only.
//
// A host that could not be tested in full is a gap: half a baseline would look
// like a whole one. So is a host that was open and then fell silent altogether.
func recordingOf(declared *endpoint.Declared, v verdict.Verdict, partly []verdict.Finding) recording {
	hosts := sightings(slices.Concat(partly, v.Findings, slices.Collect(v.Untested())))
	r := recording{open: baseline.Baseline{}}
	for _, h := range declared.Hosts {
		s := hosts[h.Host]
		if s == nil {
			s = &sighting{}
		}
		lost := slices.IndexFunc(s.unsteady, func(f verdict.Finding) bool { return !verdict.Answers(f.Last) })
		switch {
		case s.untested != nil:
			r.gaps = append(r.gaps, report.Unrecorded{
				Host: h.Host, Cause: s.untested.Cause, Reason: s.untested.Last.Reason, Detail: s.untested.Last.Detail})
			continue
		case !v.Answers[h.Host]:
			r.gaps = append(r.gaps, report.Unrecorded{Host: h.Host})
			continue
		case len(s.open) == 0 && lost >= 0:
			r.gaps = append(r.gaps, report.Unrecorded{Host: h.Host, Cause: lostCause(s.unsteady[lost]), Reason: s.unsteady[lost].Last.Reason})
		default:
			r.open[declared.Query(h.Host)] = specsOf(s.open) // a check of it asks for the same name
		}
		r.unsteady = append(r.unsteady, s.unsteady...)
	}
	for i := range r.gaps {
		if len(v.Places) > 0 { // a baseline is from one place
			r.gaps[i].From = v.Places[0].Name
		}
	}
	return r
}

// sighting has the findings about one host.
type sighting struct {
	open     map[endpoint.Scheme][]endpoint.Range
	unsteady []verdict.Finding // open at one look, or at one address, only
	untested *verdict.Finding  // the first that could not be tested; may be nil
}

// sightings sorts findings by host. If there are several about one endpoint,
// the first counts.
func sightings(findings []verdict.Finding) map[endpoint.Host]*sighting {
	hosts := map[endpoint.Host]*sighting{}
	seen := map[endpoint.Endpoint]bool{}
	for i := range findings {
		f := &findings[i]
		e := f.Endpoint
		if seen[e] {
			continue
		}
		seen[e] = true
		s := hosts[e.Host]
		if s == nil {
			s = &sighting{open: map[endpoint.Scheme][]endpoint.Range{}}
			hosts[e.Host] = s
		}
		switch {
		case f.Inconclusive():
			if s.untested == nil {
				s.untested = f
			}
		case f.Last.State == look.Open:
			s.open[e.Scheme] = append(s.open[e.Scheme], endpoint.Range{First: e.Port, Last: e.Port})
		default:
			s.unsteady = append(s.unsteady, *f)
		}
	}
	return hosts
}

// lostCause returns the cause of the gap for a host whose port was open and
// then gave no answer. If other ports still answered, the port has a cause of
// its own.
func lostCause(f verdict.Finding) verdict.Cause {
	if f.Cause == verdict.Filtered || f.Cause == verdict.Rejected {
		return f.Cause
	}
	return verdict.StoppedAnswering
}

func specsOf(ranges map[endpoint.Scheme][]endpoint.Range) []string {
	return endpoint.NewByScheme(ranges).Specs()
}

// changes returns the differences between before and r, by host.
func (r recording) changes(before baseline.Baseline) []report.HostChange {
	gap := map[endpoint.Host]bool{}
	for _, u := range r.gaps {
		gap[u.Host] = true
	}
	var changes []report.HostChange
	for _, c := range baseline.Compare(before, r.open) {
		_, was := before[c.Host]
		_, is := r.open[c.Host]
		note := ""
		switch {
		case gap[c.Host]:
			note = "unreachable"
		case !is:
			note = "no longer scanned"
		case !was:
			note = "new"
		}
		changes = append(changes, report.HostChange{Host: c.Host, Added: c.Added, Removed: c.Removed, Note: note})
	}
	return changes
}
