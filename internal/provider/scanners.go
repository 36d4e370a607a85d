package provider

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// scanners makes one Scanner for this machine and one for each place that is
// known, each with limits of its own. rules say what may be looked at from any of
// them. Nothing is opened.
func (s settings) scanners(all places, rules guard.Policy) map[string]*scan.Scanner {
	from := func(v scan.Vantage) *scan.Scanner {
		return scan.New(scan.Config{Vantage: v, Limits: s.limits, Control: s.control, Guard: rules})
	}
	scanners := map[string]*scan.Scanner{endpoint.Local: from(scan.From(probe.Prober{Source: s.source}))}
	for name, p := range all.named {
		if p.made.Vantage != nil {
			scanners[name] = from(p.made.Vantage)
		}
	}
	return scanners
}

// openPlaces are the Scanners of a server, for its end.
type openPlaces struct {
	mu       sync.Mutex
	scanners []*scan.Scanner
}

func (o *openPlaces) add(scanners map[string]*scan.Scanner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.scanners = slices.AppendSeq(o.scanners, maps.Values(scanners))
}

// close closes the opened places, all at once. Their order does not matter, even
// where one is reached through another.
func (o *openPlaces) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	errs := make([]error, len(o.scanners))
	var wg sync.WaitGroup
	for i, s := range o.scanners {
		wg.Go(func() { errs[i] = s.Close() })
	}
	wg.Wait()
	o.scanners = nil
	return errors.Join(errs...)
}
