package provider

import (
	"context"
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

// recording is what is open, as a baseline records it.
type recording struct {
	open     baseline.Baseline
	gaps     []report.Unrecorded // hosts that open does not have, in order
	unsteady []verdict.Finding   // found open, but not for sure, so that open does not have them
}

// record scans what object says. Two looks have to agree on an open port. A
// host is never an error here; only a wrong declaration and an interruption are.
// The result is nil if there are errors, or if nothing may be probed.
func (d *providerData) record(ctx context.Context, object values) (*recording, diag.Diagnostics) {
	if d.gate.shut() {
		return nil, nil
	}
	declared, diags := resolveSweep(ctx, object)
	s, more := d.settings.override(ctx, object, ofScans)
	diags.Append(more...)
	if diags.HasError() {
		return nil, diags
	}
	if declared == nil {
		diags.Append(bug("Unknown declaration", "Hosts or ports are not known although they are to be scanned"))
		return nil, diags
	}
	v, err := d.scan(ctx, declared, s.sweepOptions())
	var partly []verdict.Finding
	if err == nil && !s.oneIsEnough {
		partly, err = d.partlyOpen(ctx, recordingOf(declared, v, nil).open, s)
	}
	if err != nil {
		diags.AddError("Baseline scan interrupted", "The scan was interrupted before it finished. Nothing was recorded.")
		return nil, diags
	}
	r := recordingOf(declared, v, partly)
	return &r, diags
}

// sweepOptions are the settings of a scan for what is open. A port is open to it
// if it is at one address, and a UDP port if it answers. The re-check is the
// second look.
func (s settings) sweepOptions() scan.Options {
	o := s.options(time.Time{})
	o.Rechecks = max(1, o.Rechecks)
	o.OneIsEnough = false
	o.SilentUDPIsOpen = false
	return o
}

// partlyOpen returns what is not open at every address of a name, of ports of
// which the scan found one address that is. A check would find so too.
func (d *providerData) partlyOpen(ctx context.Context, open baseline.Baseline, s settings) ([]verdict.Finding, error) {
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
	declared, _ := endpoint.Declaration{Baseline: names}.Resolve()
	if declared == nil { // there are no names
		return nil, nil
	}
	v, err := d.scan(ctx, declared, s.sweepOptions())
	return v.Failures(), err
}

// recordingOf is what a scan of declared, in which every port is declared
// closed, says is open; partly are endpoints among it that are not as open as
// that.
//
// Of a host that could not be tested in full nothing is recorded: half a
// baseline looks like a whole one. Nor is anything of a host that was open and
// then fell silent altogether.
func recordingOf(declared *endpoint.Declared, v verdict.Verdict, partly []verdict.Finding) recording {
	hosts := sightings(slices.Concat(partly, v.Findings))
	r := recording{open: baseline.Baseline{}}
	for _, h := range declared.Hosts {
		s := hosts[h.Host]
		if s == nil {
			s = &sighting{}
		}
		lost := slices.IndexFunc(s.unsteady, func(f verdict.Finding) bool { return !verdict.Answers(f.Last) })
		switch {
		case s.untested != nil:
			r.gaps = append(r.gaps, report.Unrecorded{Host: h.Host, Cause: s.untested.Cause, Reason: s.untested.Last.Reason})
			continue
		case !v.Answers[h.Host]:
			r.gaps = append(r.gaps, report.Unrecorded{Host: h.Host})
			continue
		case len(s.open) == 0 && lost >= 0:
			r.gaps = append(r.gaps, report.Unrecorded{Host: h.Host, Cause: lostCause(s.unsteady[lost]), Reason: s.unsteady[lost].Last.Reason})
		default:
			r.open[h.Host] = specsOf(s.open)
		}
		r.unsteady = append(r.unsteady, s.unsteady...)
	}
	return r
}

// sighting is what was seen of one host.
type sighting struct {
	open     map[endpoint.Scheme][]endpoint.Range
	unsteady []verdict.Finding // open at one look, or at one address, only
	untested *verdict.Finding  // the first that could not be tested, nil if there is none
}

// sightings are what findings say of each host. If there are several of one
// endpoint, the first counts.
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

// lostCause is why nothing is recorded of a host whose port was open and then
// gave no answer. Where other ports still answered, the port has a cause of its
// own.
func lostCause(f verdict.Finding) verdict.Cause {
	if f.Cause == verdict.Filtered || f.Cause == verdict.Rejected {
		return f.Cause
	}
	return verdict.StoppedAnswering
}

func specsOf(ranges map[endpoint.Scheme][]endpoint.Range) []string {
	return baseline.Specs(endpoint.NewByScheme(ranges))
}

// changes are what r has that before has not, and the reverse.
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
