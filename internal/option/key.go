package option

import (
	"fmt"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// key is what options are given at: an endpoint, or ports of every host.
type key struct {
	text   string        // as written
	host   endpoint.Host // empty: every host
	ports  endpoint.Range
	scheme endpoint.Scheme
}

// parseKey reads a key. The error gives example as an endpoint that is one.
func parseKey(text string, example endpoint.Endpoint) (key, error) {
	k := key{text: text}
	var err error
	if strings.Contains(text, "://") {
		var at endpoint.Endpoint
		at, err = endpoint.ParseEndpoint(text)
		if placed, wrong := endpoint.ParseKey(text); err != nil && wrong == nil {
			err = fmt.Errorf("it names a place, but such a key speaks of all places. Expected %q", placed.Endpoint)
		}
		k.host, k.scheme, k.ports = at.Host, at.Scheme, endpoint.Range{First: at.Port, Last: at.Port}
	} else if k.ports, k.scheme, err = endpoint.ParsePortRange(text); err != nil {
		err = fmt.Errorf("%w, or an endpoint such as %q", err, example)
	}
	return k, err
}

func (k key) matches(at endpoint.Endpoint) bool {
	return k.scheme == at.Scheme && k.ports.First <= at.Port && at.Port <= k.ports.Last && (k.host == "" || k.host == at.Host)
}

// collides refuses a second key for the same endpoint or port.
func (k key) collides(other key) error {
	switch {
	case other.scheme != k.scheme || other.host != k.host || other.ports.First > k.ports.Last || k.ports.First > other.ports.Last:
		return nil
	case k.host != "":
		return fmt.Errorf("%s is also given under another key. Expected each endpoint once", endpoint.Endpoint{Scheme: k.scheme, Host: k.host, Port: k.ports.First})
	}
	return fmt.Errorf("it overlaps with %s. Expected each port once", endpoint.Quote(other.text))
}

// isIn tells whether one of the endpoints of k is among the ports of a host.
func (k key) isIn(host endpoint.Host, ports endpoint.ByScheme) bool {
	if k.host != "" && host != k.host {
		return false
	}
	for _, r := range ports[k.scheme] {
		if r.First <= k.ports.Last && k.ports.First <= r.Last {
			return true
		}
	}
	return false
}
