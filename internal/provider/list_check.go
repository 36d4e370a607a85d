package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

var (
	_ list.ListResourceWithConfigure      = (*checkList)(nil)
	_ list.ListResourceWithValidateConfig = (*checkList)(nil)
)

// NewCheckList returns the list resource portcheck_check, which finds what checks
// could declare.
func NewCheckList() list.ListResource { return &checkList{} }

type checkList struct{ data *providerData }

// listKind has the arguments of a list. They are held to each other as those of the
// provider's blocks are.
var listKind = placeKind{
	arguments: append([]argument{{attribute{
		name: endpoint.AttrHosts, kind: kindStrings,
		description: "The hosts to sweep: host names, IPv4 and IPv6 addresses, and CIDRs (their usable addresses). Needs `ports`. One of `hosts` and `prometheus_url` is required.",
	}, nil}, {attribute{
		name: endpoint.AttrPorts, kind: kindStrings,
		description: "The ports to look at on each of `hosts`, as " + portGrammar + ". At most 1,000,000 endpoints, hosts times ports.",
	}, nil}, {attribute{
		name: attrFrom, kind: kindStrings,
		description: "The places that the listed checks look from: `local` is this machine, and other names are those of the provider's blocks. A sweep is made from the same place, so it takes one name. Defaults to `[\"local\"]`.",
	}, nil}}, prometheusArguments...),
	rules: append([]rule{
		atLeastOne(endpoint.AttrHosts, argPrometheusURL), notBoth(endpoint.AttrHosts, argPrometheusURL),
		needs(endpoint.AttrHosts, endpoint.AttrPorts), needs(endpoint.AttrPorts, endpoint.AttrHosts),
	}, rulesOfPrometheus...),
}

// Metadata names what is listed.
func (l *checkList) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	(&checkResource{}).Metadata(ctx, req, resp)
}

func (l *checkList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists checks that you could declare: one for each host that answers a sweep, or one for each endpoint that a Prometheus has probed by a blackbox_exporter.",
		Attributes:          map[string]schema.Attribute{},
	}
	for _, a := range listKind.arguments { // read checks them
		resp.Schema.Attributes[a.name] = inList.write(a.attribute, validatorSet{})
	}
	inList.add(resp.Schema.Attributes, scanOverrides()...)
}

func (l *checkList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.data = dataFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *checkList) ValidateListResourceConfig(ctx context.Context, req list.ValidateConfigRequest, resp *list.ValidateConfigResponse) {
	_, diags := l.read(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
}

// read reads the arguments, and finds what is wrong with them as far as they are known.
func (l *checkList) read(ctx context.Context, config tfsdk.Config) (block, diag.Diagnostics) {
	var object types.Object
	diags := config.Get(ctx, &object)
	b := block{kind: listKind, values: object.Attributes()}
	if !diags.HasError() {
		diags.Append(b.problems()...)
	}
	if diags.HasError() {
		return b, diags
	}
	if b.known(argPrometheusURL) == isNull {
		declared, more := resolveSweep(ctx, config)
		diags.Append(more...)
		_, _, more = fromOne(ctx, config)
		diags.Append(more...)
		return b, append(diags, emptyDiags(ctx, config, declared, "")...)
	}
	_, _, more := fromIn(ctx, config)
	diags.Append(more...)
	if len(b.unknown()) == 0 {
		_, _, more = prometheusOf(b, guard.Policy{}) // what they refuse is no mistake
		diags.Append(more...)
	}
	return b, diags
}

// List gives the checks while they are found.
func (l *checkList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	stream.Results = func(push func(list.ListResult) bool) {
		to := &listing{req: req, push: push}
		b, diags := l.read(ctx, req.Config)
		from, _, more := fromIn(ctx, req.Config)
		diags.Append(more...)
		if !diags.HasError() && b.text(argPrometheusURL) != "" {
			diags.Append(l.data.placed(from, nil)...)
		}
		gate, more := l.data.gateFor(ctx, req.Config, from)
		diags.Append(more...)
		if gate.shut() && !diags.HasError() {
			diags.AddWarning("Nothing is listed", gate.why)
			to.tell(diags)
			return
		}
		to.tell(diags)
		switch {
		case diags.HasError():
		case b.text(argPrometheusURL) != "":
			l.targets(ctx, b, from, to)
		default:
			l.sweep(ctx, from, to)
		}
	}
}

// listing hands checks to a CLI, one after the other, until it has had enough.
type listing struct {
	req   list.ListRequest
	push  func(list.ListResult) bool
	given int64
	over  bool // the CLI does not listen any more
}

// enough tells whether no more checks are wanted.
func (l *listing) enough() bool { return l.over || l.req.Limit > 0 && l.given >= l.req.Limit }

// tell hands over diagnostics, if there are any.
func (l *listing) tell(diags diag.Diagnostics) {
	if len(diags) > 0 && !l.over {
		l.over = !l.push(list.ListResult{Diagnostics: diags})
	}
}

// check hands over the check that has this declaration, looks from these places, and
// is called name for people.
func (l *listing) check(ctx context.Context, d endpoint.Declaration, from []string, name string) {
	result := l.req.NewListResult(ctx)
	result.DisplayName = name
	text := d.Canonical(from)
	result.Diagnostics.Append(result.Identity.SetAttribute(ctx, path.Root(attrDeclaration), text)...)
	if l.req.IncludeResource {
		// As an import of this identity writes it, so that the plan after it is quiet.
		canonical, places, err := endpoint.ParseCanonical(text)
		if err != nil {
			result.Diagnostics.Append(bug("Unreadable identity", err.Error()))
		}
		result.Diagnostics.Append(declare(ctx, canonical, places, result.Resource)...)
	}
	l.given++
	l.over = !l.push(result)
}
