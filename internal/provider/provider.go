// Package provider has everything that knows Terraform: schemas, plans, state
// and diagnostics around the engine below it.
//
// What a CLI calls, and the functions that do the work:
//
//	NewServer                 serves the provider, remembers an interruption, and tells
//	                          equal warnings apart
//	Configure                 settings, places with a Scanner each, and the gate
//
//	data source portcheck
//	  Read                    run, then outcome and report
//
//	resource portcheck_check
//	  Read                    at refresh: run, then refreshed
//	  ModifyPlan              circumstances.next: the step that the plan takes
//	  Create, Update          apply: run until all is as declared or the time is up
//
//	resource portcheck_baseline
//	  ModifyPlan              scans: whether apply will
//	  Create, Update          scan: record, then the warnings
//
//	ephemeral resource portcheck
//	  Open                    run until all is as declared or the time is up
//
//	action portcheck_verify
//	  ModifyPlan              mistakes only
//	  Invoke                  prepare, then watched: the run, and a line each five seconds
//
//	list portcheck_check
//	  List                    sweep: a check for each host that answers, as they come;
//	                          targets: a check for each endpoint that a Prometheus has probed
//
//	functions                 pure: they read files, or write reports
//
// Only providerData.do, providerData.record and the sweep of a list probe. The gate is
// asked before: by prepare, which makes the task for do, and by the others themselves.
// ModifyPlan never probes: Terraform calls it at plan and again at
// apply, and the phase tells which, as far as a provider can know.
//
// State holds nothing volatile: a run in which nothing changed changes no byte
// of it. The rules are in outcome: keep restores an endpoint that could not be
// tested, and steady keeps evidence that outlasts the new one. Private state
// remembers which failures an apply has accepted, so that plans converge.
//
// Objects look from places: from this machine, and from those that the blocks of
// the provider describe. placesOf reads the blocks, and vantages.go makes a vantage
// of each. The first run that looks from a place opens it, and Server.Close closes
// it. A place with unknown arguments shuts the gate of the objects that look from
// it, and of no others (gateTo).
//
// The attributes of all schemas are in tables (attributes.go,
// settings_table.go, place_table.go, services.go, resource_baseline.go), and a
// form writes them for each kind of schema (schemas.go).
package provider

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

var (
	_ provider.ProviderWithActions            = (*portcheckProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*portcheckProvider)(nil)
	_ provider.ProviderWithFunctions          = (*portcheckProvider)(nil)
	_ provider.ProviderWithListResources      = (*portcheckProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*portcheckProvider)(nil)
)

type portcheckProvider struct {
	version      string
	clock        func() time.Time
	makers       makers
	interruption *interruption
	opened       *openPlaces // those of all configurations, to be closed at the end
}

// providerData is the data that a configured provider hands to its objects.
type providerData struct {
	stopped  context.Context // ends when the CLI is interrupted
	now      time.Time       // of Configure: one operation goes by one time, UTC
	settings settings
	operator operator
	places   places
	scanners map[string]*scan.Scanner // by the name of the place; of places that are known
	phase    phase
	warned   warned
	gate     gate
}

func (p *portcheckProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "portcheck"
	resp.Version = p.version
}

func (p *portcheckProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Probes ports during plan and apply, and reports those that are not as you declared them.",
		Attributes:          map[string]schema.Attribute{},
		Blocks:              map[string]schema.Block{},
	}
	for _, k := range placeKinds {
		resp.Schema.Blocks[k.name] = k.schema()
	}
	for _, s := range settingsTable {
		a := s.attribute
		a.description += fmt.Sprintf(" Defaults to %s. Environment variable: `%s`.", s.show(defaultSettings), s.variable())
		if s.lower != nil {
			a.description += fmt.Sprintf(" Ceiling, which outweighs the configuration: `%s`.", s.ceilingVariable())
		}
		inProvider.add(resp.Schema.Attributes, a)
	}
}

func (p *portcheckProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	s := defaultSettings
	unknown, diags := s.configure(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	by, diags := operatorOf(os.LookupEnv)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(by.lower(ctx, &s, req.Config, os.LookupEnv)...)
	resp.Diagnostics.Append(misspelt(os.Environ(), os.LookupEnv)...)
	all, diags := placesOf(ctx, req.Config, p.makers, by.rules)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	var configured []string // of those that shut the gate
	for _, a := range []attribute{{name: attrEnabled, kind: kindBool}, {name: attrPausedUntil}} {
		_, state, diags := a.text(ctx, req.Config)
		resp.Diagnostics.Append(diags...)
		if state == isKnown {
			configured = append(configured, a.name)
		}
	}
	now := p.clock().UTC()
	data := &providerData{
		stopped:  p.interruption.configured(),
		now:      now,
		settings: s,
		operator: by,
		places:   all,
		scanners: s.scanners(all, by.rules),
		gate:     gateOf(s, unknown, configured, now),
	}
	p.opened.add(data.scanners)
	resp.DataSourceData, resp.ResourceData = data, data
	resp.ActionData, resp.EphemeralResourceData, resp.ListResourceData = data, data, data
	if data.gate.shut() {
		resp.Diagnostics.Append(data.gate.warnings()...)
	} else {
		resp.Diagnostics.Append(all.notYet()...)
	}
}

// ValidateConfig finds what is wrong with the blocks, as far as they are known, and with
// the rules of the environment. The settings have validators of their own.
func (p *portcheckProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	by, diags := operatorOf(os.LookupEnv)
	resp.Diagnostics.Append(diags...)
	_, diags = placesOf(ctx, req.Config, p.makers, by.rules)
	resp.Diagnostics.Append(diags...)
}

func (p *portcheckProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{NewPortcheckDataSource}
}

func (p *portcheckProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{NewCheckResource, NewBaselineResource}
}

func (p *portcheckProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{NewCheckList}
}

func (p *portcheckProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{NewVerifyAction}
}

func (p *portcheckProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{NewPortcheckEphemeral}
}

func (p *portcheckProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		NewNmapParseFunction, NewNessusParseFunction, NewOpenVASParseFunction, NewMasscanParseFunction, NewNaabuParseFunction,
		NewParseFailureFunction, NewReportMarkdownFunction, NewReportJUnitFunction, NewReportHTMLFunction,
		NewReportOpenMetricsFunction, NewReportJSONFunction,
		NewAWSIngressFunction, NewGoogleFirewallAllowFunction, NewAzureRulePortsFunction,
	}
}

// bug returns the error for a situation that cannot happen. what is a sentence
// without its full stop.
func bug(summary, what string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(summary, what+". This is always a bug in the provider and should be reported to its developers.")
}

// dataFrom takes over the data from Configure. It is nil before the provider is
// configured, as for validate.
func dataFrom(handed any, diags *diag.Diagnostics) *providerData {
	if handed == nil {
		return nil
	}
	data, ok := handed.(*providerData)
	if !ok {
		diags.Append(bug("Unexpected provider data", fmt.Sprintf("Expected *providerData, got %T", handed)))
	}
	return data
}
