package provider

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// batchHosts is how many hosts are swept together: few enough that the first results
// come soon, and several, so that a fault of this machine shows.
const batchHosts = 16

// sweep lists a check for each host that answers. Silent hosts are not named: most
// addresses of a network are.
func (l *checkList) sweep(ctx context.Context, from []string, to *listing) {
	declared, own, diags := l.data.toScan(ctx, from, to.req.Config)
	if diags.HasError() {
		to.tell(diags)
		return
	}
	var left unlisted
	for batch := range l.data.sweepAhead(ctx, from, declared, own) {
		if batch.err != nil {
			diags.Append(notScanned(batch.err, declared, "Sweep interrupted", "The sweep was interrupted before it finished. The hosts after the last one listed were not swept."))
			break
		}
		left.add(batch.recording)
		for _, h := range batch.declared.Hosts {
			host := declared.Query(h.Host)
			if ports, answered := batch.open[host]; answered && !batch.lost && !to.enough() {
				left.list(ctx, h, host, ports, from, to)
			}
		}
		if batch.lost || to.enough() {
			break
		}
	}
	to.tell(append(diags, left.diags()...))
}

// unlisted is what a sweep found and does not list.
type unlisted struct {
	gaps     []report.Unrecorded
	unsteady []verdict.Finding
	lost     bool // the place to sweep from failed
}

func (u *unlisted) add(r recording) {
	silent := func(gap report.Unrecorded) bool { return gap.Cause == "" }
	u.gaps = append(u.gaps, slices.DeleteFunc(r.gaps, silent)...)
	u.unsteady = append(u.unsteady, r.unsteady...)
	u.lost = u.lost || r.lost
}

// list lists a host that answered: with its open ports or, if there are none, with
// the swept ones as closed. A host with nothing but unsteady ports is neither.
func (u *unlisted) list(ctx context.Context, h endpoint.HostPorts, host endpoint.Host, open, from []string, to *listing) {
	d := endpoint.Declaration{Hosts: listOfTexts(string(host))}
	name := fmt.Sprintf("%s: nothing open", host)
	switch {
	case len(open) > 0:
		d.Open = listOfTexts(open...)
		name = fmt.Sprintf("%s: %s", host, brief(open))
	case slices.ContainsFunc(u.unsteady, func(f verdict.Finding) bool { return f.Endpoint.Host == h.Host }):
		return
	default:
		d.Closed = listOfTexts(h.Closed.Specs()...)
	}
	to.check(ctx, d, from, name)
}

// brief writes ports for people, and of many the first.
func brief(ports []string) string {
	const most = 10
	if len(ports) <= most {
		return strings.Join(ports, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ports[:most], ", "), len(ports)-most)
}

func listOfTexts(texts ...string) endpoint.List {
	var list endpoint.List
	for _, text := range texts {
		list.Elements = append(list.Elements, endpoint.Element{Value: text})
	}
	return list
}

func (u *unlisted) diags() (diags diag.Diagnostics) {
	if len(u.gaps) > 0 {
		d := report.Unlisted(u.gaps)
		if u.lost {
			diags.AddAttributeError(path.Root(attrFrom), d.Summary, d.Detail)
		} else {
			diags.AddAttributeWarning(path.Root(endpoint.AttrHosts), d.Summary, d.Detail)
		}
	}
	if len(u.unsteady) > 0 {
		d := report.Unsteady(u.unsteady, report.ForQuery)
		diags.AddAttributeWarning(path.Root(endpoint.AttrPorts), d.Summary, d.Detail)
	}
	return diags
}

// swept is what the sweep of some hosts found. The error is that of providerData.scan.
type swept struct {
	recording
	declared *endpoint.Declared
	err      error
}

// sweepAhead sweeps the hosts of declared in batches, and yields each in order, up to
// the first error. Behind the batch that is waited for, others are under way, as many
// as max_hosts allows; all of them end when the loop does.
func (d *providerData) sweepAhead(ctx context.Context, from []string, declared *endpoint.Declared, s settings) iter.Seq[swept] {
	return func(yield func(swept) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		size := min(batchHosts, s.limits.MaxHosts)
		ahead := make(chan chan swept, s.limits.MaxHosts/size-1)
		running.Go(func() {
			defer close(ahead)
			for batch := range declared.Batches(size) {
				one := make(chan swept, 1)
				select {
				case ahead <- one:
				case <-ctx.Done():
					return
				}
				running.Go(func() {
					r, err := d.sweep(ctx, from, batch, s)
					one <- swept{r, batch, err}
				})
			}
		})
		for one := range ahead {
			if done := <-one; !yield(done) || done.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil { // while no batch was under way
			yield(swept{err: err})
		}
	}
}
