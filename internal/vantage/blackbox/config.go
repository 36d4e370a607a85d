package blackbox

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
)

// timeoutHeader is how a client says how long it waits, in seconds.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// New makes a place of an exporter. Nothing is sent. The error names the argument
// that is wrong, and quotes its value unless that is a secret or may have one in it.
func New(c Config) (*Exporter, error) {
	server, err := httpapi.New(httpapi.Config{
		What: "blackbox_exporter", Argument: "url", URL: c.URL, Example: "https://blackbox.example.com:9115",
		BearerToken: c.BearerToken, Username: c.Username, Password: c.Password,
		Headers: c.Headers, Reserved: timeoutHeader, Why: "says how long a look may last",
		CAPEM: c.CAPEM, ClientCertPEM: c.ClientCertPEM, ClientKeyPEM: c.ClientKeyPEM,
		// As many connections wait for the next look as are in flight, so that none
		// is opened twice.
		MaxAnswer: maxAnswer, Idle: capacity, Dial: c.Dial, Guard: c.Guard,
	})
	if err != nil {
		return nil, err
	}
	e := &Exporter{name: c.Name, server: server, probe: server.URL, resolveThere: c.ResolveThere}
	if strings.Trim(e.probe.Path, "/") == "" {
		e.probe = e.probe.ResolveReference(&url.URL{Path: "/probe"})
	}
	e.config = e.probe.ResolveReference(&url.URL{Path: "config"})
	return e, e.setModules(c)
}

// setModules takes in the modules that are named.
func (e *Exporter) setModules(c Config) error {
	e.modules = make(map[endpoint.Scheme]string, len(c.Modules))
	for _, name := range slices.Sorted(maps.Keys(c.Modules)) {
		scheme, module := endpoint.Scheme(name), c.Modules[name]
		switch {
		case scheme == endpoint.UDP:
			return errors.New(`modules has "udp". Expected a service, since blackbox_exporter has no prober for plain UDP`)
		case !slices.Contains(endpoint.Schemes(), scheme):
			return fmt.Errorf("modules has %s. Expected schemes, such as tcp, https or smtp", endpoint.Quote(name))
		case module == "":
			return fmt.Errorf("the module for %s in modules is empty. Expected the name of one in the exporter's configuration", endpoint.Quote(name))
		}
		e.modules[scheme] = module
	}
	return nil
}
