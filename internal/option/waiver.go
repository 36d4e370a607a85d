package option

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// NameWaivers is the name of the attribute with waivers.
const NameWaivers = "waivers"

// The options of a waiver.
const (
	waiverUntil  = "until"
	waiverReason = "reason"
)

// AboutWaivers documents the attribute in Markdown.
const AboutWaivers = "Failures that are excused until a day. A key is an endpoint, such as `\"tcp://10.0.3.7:22\"`, or ports of every host, such as `\"22\"` or `\"443/https\"`; an endpoint wins over ports. " +
	"A value is a map with `until`, the last day on which the failure is excused, such as `\"2026-12-31\"` (it ends at midnight UTC; required), and `reason` (text, such as the number of a change). " +
	"Until then the failure is in `waived` instead of `failures`, a warning names it, and `passed` is `true` if nothing else fails. Afterwards it is a failure again."

// Waivers has the waivers of one object. The zero Waivers has none.
type Waivers struct {
	entries []waiverEntry
}

// waiverEntry is one key with its waiver, which is nil while it is not known.
type waiverEntry struct {
	key
	waiver *endpoint.Waiver
}

// Add reads one key with its options and keeps them. values and declared are nil
// while they are not known.
func (w *Waivers) Add(text string, values map[string]Value, declared *endpoint.Declared) *Error {
	k, err := parseKey(text, endpoint.Endpoint{Scheme: endpoint.TCP, Host: "10.0.3.7", Port: 22})
	for _, other := range w.entries {
		if err == nil {
			err = k.collides(other.key)
		}
	}
	if err == nil && !anyDeclared(k, declared) {
		err = fmt.Errorf("nothing of that is declared. Expected an endpoint, or ports with their scheme, that the object declares")
	}
	e := waiverEntry{key: k}
	if err == nil {
		e.waiver, err = readWaiver(values)
	}
	if err != nil {
		return &Error{NameWaivers, text, err.Error()}
	}
	w.entries = append(w.entries, e)
	return nil
}

// anyDeclared tells whether an endpoint of k is declared, or may be. A waiver of
// nothing is a slip of the pen, and the failure that it is for would stay one.
func anyDeclared(k key, declared *endpoint.Declared) bool {
	return declared == nil || declared.Nothing() || slices.ContainsFunc(declared.Hosts, func(h endpoint.HostPorts) bool {
		return slices.ContainsFunc(endpoint.Wants(), func(want endpoint.Want) bool { return k.isIn(h.Host, h.Ports(want)) })
	})
}

// readWaiver reads the options of a waiver; nil if not all is known yet.
func readWaiver(values map[string]Value) (*endpoint.Waiver, error) {
	if values == nil {
		return nil, nil
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name != waiverUntil && name != waiverReason {
			return nil, fmt.Errorf("%s is not an option of %s. Expected %s", endpoint.Quote(name), NameWaivers, oneOf([]string{waiverUntil, waiverReason}))
		}
	}
	until, err := readUntil(values)
	if err != nil {
		return nil, err
	}
	reason, given := values[waiverReason]
	if given && !reason.Null && !reason.Unknown && strings.TrimSpace(reason.Text) == "" {
		return nil, fmt.Errorf("%s is empty. Expected why the failure is excused, such as \"CHG-1234\"", waiverReason)
	}
	if values[waiverUntil].Unknown || reason.Unknown {
		return nil, nil
	}
	return &endpoint.Waiver{Until: until, Reason: reason.Text}, nil
}

// readUntil returns when the last day begins; nothing while it is not known.
func readUntil(values map[string]Value) (time.Time, error) {
	const expected = `Expected the last day, such as "2026-12-31"`
	until, given := values[waiverUntil]
	if !given || until.Null {
		return time.Time{}, fmt.Errorf("%s is missing. %s", waiverUntil, expected)
	}
	day, ok := endpoint.ParseDay(until.Text)
	if !until.Unknown && !ok {
		return time.Time{}, fmt.Errorf("%s is %s. %s", waiverUntil, endpoint.Quote(until.Text), expected)
	}
	return day, nil
}

// Of returns the waiver for e: that of the endpoint, or else that of its port; nil
// if there is none, or if it is not known yet.
func (w *Waivers) Of(e endpoint.Endpoint) *endpoint.Waiver {
	if found := w.find(e); found != nil {
		return found.waiver
	}
	return nil
}

// Has tells whether there is a waiver for e, if only one that is not known yet.
func (w *Waivers) Has(e endpoint.Endpoint) bool { return w.find(e) != nil }

func (w *Waivers) find(e endpoint.Endpoint) (found *waiverEntry) {
	for i := range w.entries {
		if candidate := &w.entries[i]; candidate.matches(e) && (found == nil || candidate.host != "") {
			found = candidate
		}
	}
	return found
}
