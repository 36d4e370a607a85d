package provider

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	provider "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	resource "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// values is what configuration, plan and state have in common.
type values interface {
	GetAttribute(ctx context.Context, p path.Path, target any) diag.Diagnostics
}

// kind is the type of an attribute.
type kind int

const (
	kindString kind = iota
	kindInt64
	kindBool
	kindStrings // list(string)
	kindPorts   // map(list(string))
	// kindRequests is map(map(string)). Of an object Terraform would drop an
	// attribute that is misspelt without a word.
	kindRequests
)

// attribute is an optional argument that several schemas share.
type attribute struct {
	name        string
	kind        kind
	description string
}

var (
	listOfStrings = types.ListType{ElemType: types.StringType}
	mapOfStrings  = types.MapType{ElemType: types.StringType}
)

const portGrammar = "`PORT[-PORT][/SCHEME]`, such as `\"443\"`, `\"8000-8010\"` or `\"53/udp\"`"

// serviceGrammar is what a port that must be open may name beside that.
const serviceGrammar = portGrammar + ", or with the scheme of a service that must speak its protocol, such as `\"443/https\"` or `\"25/smtp\"`"

// declarationTable is the one list of the attributes that declare endpoints.
var declarationTable = []attribute{
	{endpoint.AttrHosts, kindStrings, "Host names, IPv4 and IPv6 addresses, and CIDRs (their usable addresses). Needs `open` or `closed`. At least one of `hosts` and `baseline` is required."},
	{endpoint.AttrOpen, kindStrings, "Ports that must be open on each of `hosts`, as " + serviceGrammar + ". Where `open` and `closed` overlap, `open` wins."},
	{endpoint.AttrClosed, kindStrings, "Ports that must not be open on any of `hosts` or any host of `baseline`. Ports that `open` or `baseline` lists for the same host are excluded. Written as in `open`, but without services. A closed port and a filtered port both pass."},
	{endpoint.AttrBaseline, kindPorts, "A map from host to the ports that were open and must still be open, written as in `open`."},
}

// What comes back, from data source and resource alike, and passed_at from the
// resource alone.
const (
	attrPassed   = "passed"
	attrFailures = "failures"
	attrResults  = "results"
	attrPassedAt = "passed_at"
)

// outcomeAttributes are those that are not arguments.
var outcomeAttributes = []string{attrPassed, attrFailures, attrResults, attrPassedAt}

const (
	passedDescription   = "Whether everything is as declared."
	failuresDescription = "The endpoints that are not as declared: a map from endpoint, such as `tcp://web.example.com:443`, to `declared`, `state`, `reason` (the evidence in Nmap's words, such as `conn-refused`, `no-response` or `admin-prohibited`) and `cause` (the diagnosis). Holds the first 1,000 in key order."
	resultsDescription  = "The state of every endpoint declared open, and of each endpoint declared closed that was found open: a map from endpoint to `open`, `closed`, `filtered`, `open\\|filtered` (UDP), `unresponsive` (a service that does not speak) or `unknown`. Null when more than 10,000 endpoints are declared open."
)

var failureType = types.ObjectType{AttrTypes: map[string]attrType{
	"declared": types.StringType,
	"state":    types.StringType,
	"reason":   types.StringType,
	"cause":    types.StringType,
}}

// shared returns the arguments that data sources and checks have alike: the
// declaration, the settings that may be overridden and what services are asked.
func shared() []attribute {
	return slices.Concat(overrides(ofServices), serviceTable, declarationTable)
}

// overrides returns the settings that objects of a scope may have of their own.
func overrides(of scope) []attribute {
	var all []attribute
	for _, s := range settingsTable {
		if s.within(of) {
			a := s.attribute
			a.description += " Defaults to the provider's."
			all = append(all, a)
		}
	}
	return all
}

func (a attribute) inProvider() provider.Attribute {
	v := validators(a.name)
	switch a.kind {
	case kindInt64:
		return provider.Int64Attribute{Optional: true, MarkdownDescription: a.description, Validators: v.int64}
	case kindBool:
		return provider.BoolAttribute{Optional: true, MarkdownDescription: a.description}
	case kindStrings:
		return provider.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: a.description, Validators: v.list}
	case kindString, kindPorts, kindRequests:
	}
	return provider.StringAttribute{Optional: true, MarkdownDescription: a.description, Validators: v.string}
}

func (a attribute) inDataSource() datasource.Attribute {
	v := validators(a.name)
	switch a.kind {
	case kindInt64:
		return datasource.Int64Attribute{Optional: true, MarkdownDescription: a.description, Validators: v.int64}
	case kindStrings:
		return datasource.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: a.description}
	case kindPorts:
		return datasource.MapAttribute{Optional: true, ElementType: listOfStrings, MarkdownDescription: a.description}
	case kindRequests:
		return datasource.MapAttribute{Optional: true, ElementType: mapOfStrings, MarkdownDescription: a.description}
	case kindBool:
		return datasource.BoolAttribute{Optional: true, MarkdownDescription: a.description}
	case kindString:
	}
	return datasource.StringAttribute{Optional: true, MarkdownDescription: a.description, Validators: v.string}
}

func (a attribute) inResource() resource.Attribute {
	v := validators(a.name)
	switch a.kind {
	case kindInt64:
		return resource.Int64Attribute{Optional: true, MarkdownDescription: a.description, Validators: v.int64}
	case kindStrings:
		return resource.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: a.description}
	case kindPorts:
		return resource.MapAttribute{Optional: true, ElementType: listOfStrings, MarkdownDescription: a.description}
	case kindRequests:
		return resource.MapAttribute{Optional: true, ElementType: mapOfStrings, MarkdownDescription: a.description}
	case kindBool:
		return resource.BoolAttribute{Optional: true, MarkdownDescription: a.description}
	case kindString:
	}
	return resource.StringAttribute{Optional: true, MarkdownDescription: a.description, Validators: v.string}
}

// knowledge is what is known of a value.
type knowledge int

const (
	isKnown knowledge = iota
	isNull
	isUnknown
)

// text reads the attribute's value in its textual form.
func (a attribute) text(ctx context.Context, from values) (string, knowledge, diag.Diagnostics) {
	p := path.Root(a.name)
	var s types.String
	switch a.kind {
	case kindInt64:
		var v types.Int64
		diags := from.GetAttribute(ctx, p, &v)
		return strconv.FormatInt(v.ValueInt64(), 10), known(v), diags
	case kindBool:
		var v types.Bool
		diags := from.GetAttribute(ctx, p, &v)
		return strconv.FormatBool(v.ValueBool()), known(v), diags
	case kindStrings:
		var v types.List
		diags := from.GetAttribute(ctx, p, &v)
		text, state := joined(v)
		return text, state, diags
	case kindString, kindPorts, kindRequests:
	}
	diags := from.GetAttribute(ctx, p, &s)
	return s.ValueString(), known(s), diags
}

// joined is the text of a list of strings: its elements with commas between
// them.
func joined(v types.List) (string, knowledge) {
	if state := known(v); state != isKnown {
		return "", state
	}
	var parts []string
	for _, e := range v.Elements() {
		s, ok := e.(types.String)
		if !ok || s.IsUnknown() {
			return "", isUnknown
		}
		parts = append(parts, s.ValueString())
	}
	return strings.Join(parts, ","), isKnown
}

func known(v interface {
	IsNull() bool
	IsUnknown() bool
}) knowledge {
	switch {
	case v.IsUnknown():
		return isUnknown
	case v.IsNull():
		return isNull
	}
	return isKnown
}

// choice reads an optional attribute that names one of several ways; the
// first is the default.
func choice(ctx context.Context, from values, name string, ways []string) (string, diag.Diagnostics) {
	text, state, diags := attribute{name: name}.text(ctx, from)
	if state != isKnown {
		text = ways[0]
	}
	return text, diags
}

// choices describes such an attribute.
func choices(ways []string) string {
	return fmt.Sprintf("One of `%s`; defaults to `%s`.", strings.Join(ways, "`, `"), ways[0])
}
