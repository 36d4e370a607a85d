package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
	"github.com/portcheck/terraform-provider-portcheck/internal/prometheus"
)

const (
	argPrometheusURL = "prometheus_url"
	argSchemes       = "schemes"
)

// prometheusArguments are the arguments of a list that reads the targets of a
// Prometheus.
var prometheusArguments = append([]argument{{attribute{
	name: argPrometheusURL, kind: kindString,
	description: "The Prometheus whose probe targets are listed, such as `\"https://prometheus.example.com\"`, with its path if it has one. Credentials do not belong in it. Conflicts with `hosts`.",
}, expectURL("https://prometheus.example.com")}, {attribute{
	name: argSchemes, kind: kindTexts,
	description: "The scheme for each module of the exporters, such as `{ starttls = \"submission\" }`. Targets that are URLs need none, and neither do the modules that blackbox_exporter ships with.",
}, nil}}, secretly(requestsTo("Prometheus"))...)

// credentials are the arguments that may be given in the environment instead, where
// terraform query -json does not print them.
var credentials = []string{argBearerToken, argUsername, argPassword}

// variableOf is the environment variable for one of credentials.
func variableOf(name string) string { return "PORTCHECK_PROMETHEUS_" + strings.ToUpper(name) }

// secretly describes the credentials among arguments.
func secretly(arguments []argument) []argument {
	for i, a := range arguments {
		if slices.Contains(credentials, a.name) {
			arguments[i].description += fmt.Sprintf(" Environment variable: `%s`.", variableOf(a.name))
		}
	}
	return arguments
}

// credential is the value of one of credentials. The environment has a say only where
// the configuration gives none of them.
func credential(b block, name string) string {
	if slices.ContainsFunc(credentials, func(name string) bool { return b.known(name) != isNull }) {
		return b.text(name)
	}
	return os.Getenv(variableOf(name))
}

// rulesOfPrometheus: all of these arguments are about the one Prometheus.
var rulesOfPrometheus = func() []rule {
	rules := slices.Clone(ruleOfRequests)
	for _, a := range prometheusArguments[1:] {
		rules = append(rules, needs(a.name, argPrometheusURL))
	}
	return rules
}()

// prometheusOf makes the client for the Prometheus of a list, and reads the schemes.
// All arguments are known. Nothing is sent; rules say what may be connected to.
func prometheusOf(b block, rules guard.Policy) (*prometheus.Server, prometheus.Schemes, diag.Diagnostics) {
	var diags diag.Diagnostics
	schemes, err := prometheus.ParseSchemes(b.texts(argSchemes))
	if err != nil {
		diags.AddAttributeError(b.path(argSchemes), invalidSetting, fmt.Sprintf("%s: %s.", argSchemes, err))
	}
	server, err := prometheus.New(prometheus.Config{
		Argument: argPrometheusURL, URL: b.text(argPrometheusURL),
		BearerToken: credential(b, argBearerToken), Username: credential(b, argUsername), Password: credential(b, argPassword),
		Headers: b.texts(argHeaders),
		CAPEM:   b.text(attrCAPEM), ClientCertPEM: b.text(argClientCertPEM), ClientKeyPEM: b.text(argClientKeyPEM),
		Guard: rules,
	})
	if err != nil {
		diags.AddAttributeError(b.path(b.argumentIn(err)), invalidSetting, err.Error()+".")
	}
	return server, schemes, diags
}

// targets lists a check for each active target that the Prometheus probes. An endpoint
// that several jobs probe is one.
func (l *checkList) targets(ctx context.Context, b block, from []string, to *listing) {
	server, schemes, diags := prometheusOf(b, l.data.operator.rules)
	if diags.HasError() {
		to.tell(diags)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.data.stopped, cancel)() //nolint:contextcheck // ctx ends when either does
	targets, err := server.Targets(ctx)
	switch {
	case errors.Is(err, context.Canceled):
		diags.AddError("Query interrupted", "The query was interrupted before Prometheus had told its targets. Nothing is listed.")
	case err != nil:
		diags.AddAttributeError(path.Root(argPrometheusURL), "Targets of Prometheus not read", err.Error()+".")
	}
	if diags.HasError() {
		to.tell(diags)
		return
	}
	found, left := endpointsOf(targets, schemes)
	for _, e := range slices.SortedFunc(maps.Keys(found), endpoint.Endpoint.Compare) {
		if to.enough() {
			break
		}
		ports := endpoint.Range{First: e.Port, Last: e.Port}
		d := endpoint.Declaration{Hosts: listOfTexts(string(e.Host)), Open: listOfTexts(endpoint.Spec(ports, e.Scheme))}
		to.check(ctx, d, from, fmt.Sprintf("%s (job %s)", e, httpapi.Printable(found[e])))
	}
	to.tell(leftDiags(left))
}

// endpointsOf are the endpoints of targets, each with the first of its jobs, and the
// targets that are none, by the reason.
func endpointsOf(targets []prometheus.Target, schemes prometheus.Schemes) (found map[endpoint.Endpoint]string, left map[prometheus.Why][]prometheus.Target) {
	found, left = map[endpoint.Endpoint]string{}, map[prometheus.Why][]prometheus.Target{}
	for _, t := range targets {
		e, why := t.Endpoint(schemes)
		if why != "" {
			left[why] = append(left[why], t)
		} else if job, ok := found[e]; !ok || t.Job < job {
			found[e] = t.Job
		}
	}
	delete(left, prometheus.Foreign)
	return found, left
}

// leftDiags is one warning about the targets that are not listed, with a line for each
// module and reason.
func leftDiags(left map[prometheus.Why][]prometheus.Target) (diags diag.Diagnostics) {
	total := 0
	var lines []string
	for _, why := range slices.Sorted(maps.Keys(left)) {
		modules := map[string][]prometheus.Target{}
		for _, t := range left[why] {
			modules[t.Module] = append(modules[t.Module], t)
		}
		total += len(left[why])
		for _, module := range slices.Sorted(maps.Keys(modules)) {
			of := modules[module]
			lines = append(lines, fmt.Sprintf("  module %s, %d of them, such as %s: %s", endpoint.Quote(module), len(of), of[0].Shown(), why))
		}
	}
	if total == 0 {
		return diags
	}
	const most = 20
	if n := len(lines) - most; n > 0 {
		lines = append(lines[:most], fmt.Sprintf("  … and %d more modules", n))
	}
	diags.AddAttributeWarning(path.Root(argPrometheusURL), fmt.Sprintf("Probe targets of Prometheus not listed: %d", total),
		strings.Join(lines, "\n"))
	return diags
}
