// Package blackbox looks at endpoints from where a blackbox_exporter of Prometheus
// runs: it probes, we read what it tells.
//
// One look goes like this. [New] has checked the configuration, and Open has read
// /config once, so that it is known which of the exporter's modules connects to a
// port and does nothing else. The look is one request,
//
//	GET /probe?target=10.0.3.7:5432&module=tcp_connect&debug=true
//
// with the time-out in a header, as Prometheus sends it. The target is an address,
// or a URL for a module that speaks HTTP: the exporter would probe but one of the
// addresses of a name. The answer is 200 whether the probe succeeded or not. It has
// three sections: the log of the probe, its metrics, and the module.
//
//	probe_success 1                         open
//	0, and an err that is known             closed, filtered, unresponsive, unknown
//	0 after the time-out, without an err    filtered
//	0 sooner, without an err                closed|filtered
//
// The metrics tell no more than whether it worked. Why it did not is in the log, as
// the text of an error of Go, and the log has another format in almost every
// version: see parse. Nothing but the err of a message that the exporter itself
// writes is believed, since a banner or a certificate may say anything. One table
// maps these texts to a state and a reason: see told.
//
// Version 0.27 logs nothing unless it runs with --log.prober=info. There a port that
// refuses cannot be told from one that a firewall rejects. Where it is not told why
// the module of a service failed, the one for tcp is asked too, so that at least an
// open port is known to be open.
//
// The exporter's own faults are never the endpoint's. A 5xx, a reset, a time-out of
// its HTTP server are tried twice more while the look may still last, and then the
// result is Unknown with the reason [look.VantageFailed]. So it is at once after a
// 401, 403 or 404. A look lasts two seconds more than its time-out at most.
//
// What a module is to do is written in the exporter's configuration. Method,
// accepted statuses and authorities are the module's; what of [look.HTTP] and
// [look.TLS] a request can say is sent along, and what it cannot say makes the
// result Unknown, rather than the answer to another question: see question.
package blackbox

import (
	"context"
	"net"
	"net/url"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
)

// Config is where an exporter is and how to ask it.
type Config struct {
	Name string // how the place is called: "eu-west"
	// URL is http://host:port or https://host:port. /probe is added unless the
	// URL has a path of its own. It has no credentials and no query.
	URL string

	BearerToken        string            // sent as Authorization: Bearer; empty: none
	Username, Password string            // for basic authentication; empty: none
	Headers            map[string]string // sent with every request

	CAPEM         string // authorities that the exporter's certificate is verified with; empty: the system's
	ClientCertPEM string // of the client, with ClientKeyPEM; empty: none
	ClientKeyPEM  string

	// Modules has the module that answers for a scheme, by the scheme: "https" to
	// "http_2xx". Those for tcp, http and https are found in /config when left out.
	Modules map[string]string
	// ResolveThere leaves names to the exporter, which probes one address of each.
	ResolveThere bool
	// Dial connects to the exporter; nil: from this machine, through the proxy of
	// the environment if it names one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Guard has the operator's rules of where the exporter may be.
	Guard guard.Policy
}

const (
	// capacity is how many looks are taken at once. Each takes a connection here,
	// and two or three descriptors at the exporter, which may have 1,024.
	capacity = 256
	// maxAnswer is how many octets of an answer are read. One of a failed probe
	// has two thousand, and a configuration some ten thousand.
	maxAnswer = 1 << 20

	// slack is how much longer than the probe one try may take, for the way to
	// the exporter and back; moment is it for all tries of a look.
	slack  = time.Second
	moment = 2 * time.Second
	// openTry is how long one try to read the modules may take.
	openTry = 5 * time.Second
)

// Exporter is a place to look from. It is safe for concurrent use.
type Exporter struct {
	name         string
	server       *httpapi.Server
	probe        *url.URL // where probes are asked for
	config       *url.URL // where the modules are
	modules      map[endpoint.Scheme]string
	resolveThere bool
}

// Name is how the exporter is called among the places to look from.
func (e *Exporter) Name() string { return e.name }

// String tells people what the place is: "blackbox_exporter https://host:9115".
// There is no credential in it.
func (e *Exporter) String() string { return e.server.String() }

// Sees tells whether endpoints of scheme can be looked at: tcp, http, https, and
// what a module is named for.
func (e *Exporter) Sees(scheme endpoint.Scheme) bool {
	_, named := e.modules[scheme]
	return named || scheme == endpoint.TCP || scheme == endpoint.HTTP || scheme == endpoint.HTTPS
}

// Open reads the exporter's modules. The error says what to do when the exporter
// cannot be reached, refuses us, or lacks a module; it has no credential in it.
func (e *Exporter) Open(ctx context.Context) (*view, error) {
	line := e.server.Open()
	modules, err := e.readModules(ctx, line)
	if err != nil {
		line.Close()
		return nil, err
	}
	return &view{exporter: e, line: line, modules: modules, byName: map[endpoint.Host]uint32{}}, nil
}
