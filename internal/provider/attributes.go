package provider

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// kind is the type of an attribute.
type kind int

const (
	kindString kind = iota
	kindNumber
	kindBool
	kindStrings // list(string)
	kindPorts   // map(list(string))
	// kindOptions is map(map(string)). It is not a map of objects, because
	// Terraform silently drops a misspelt attribute of an object.
	kindOptions
	kindTexts // map(string)
)

// mode says who gives an attribute its value.
type mode int

const (
	optional mode = iota // the user may
	required             // the user must
	computed             // the provider does
)

// attribute is an argument or an output. Its description is a whole sentence.
type attribute struct {
	name        string
	kind        kind
	mode        mode
	words       []string // the values that it accepts, the default first; nil: any
	sensitive   bool     // never shown, neither by the CLI nor in a message
	unquoted    bool     // not shown in a message: a private key might be given by mistake
	description string
}

var (
	listOfStrings = types.ListType{ElemType: types.StringType}
	mapOfStrings  = types.MapType{ElemType: types.StringType}
)

// element returns the type of the elements of a list or map.
func (k kind) element() attrType {
	switch k {
	case kindPorts:
		return listOfStrings
	case kindOptions:
		return mapOfStrings
	case kindString, kindNumber, kindBool, kindStrings, kindTexts:
	}
	return types.StringType
}

const portGrammar = "`PORT[-PORT][/SCHEME]`, such as `\"443\"`, `\"8000-8010\"` or `\"53/udp\"`"

// serviceGrammar describes a port that must be open.
const serviceGrammar = portGrammar + ", or with the scheme of a service that must speak its protocol, such as `\"443/https\"` or `\"25/smtp\"`"

// notWhereOpen ends the descriptions of arguments about filters.
const notWhereOpen = "Ports that `open` or `baseline` lists for the same host are excluded. Written as in `open`, but without UDP and services."

// declarationTable is the one list of the attributes that declare endpoints.
var declarationTable = []attribute{
	{
		name: endpoint.AttrHosts, kind: kindStrings,
		description: "Host names, IPv4 and IPv6 addresses, and CIDRs (their usable addresses). Each address of a name is probed, up to 64. A dot at the end of a name keeps the resolver from adding a search domain. Needs `open`, `unfiltered`, `filtered` or `closed`. At least one of `hosts` and `baseline` is required.",
	}, {
		name: endpoint.AttrOpen, kind: kindStrings,
		description: "Ports that must be open on each of `hosts`, as " + serviceGrammar + ". Where ports overlap, the first of `open`, `unfiltered`, `filtered` and `closed` holds.",
	}, {
		name: endpoint.AttrUnfiltered, kind: kindStrings,
		description: "TCP ports that packets must get through to, on each of `hosts` and each host of `baseline`, whether or not anything listens there: an open port and a closed one both pass. The functions `aws_ingress`, `azure_rule_ports` and `google_firewall_allow` return what the rules of a cloud let in. " + notWhereOpen,
	}, {
		name: endpoint.AttrFiltered, kind: kindStrings,
		description: "TCP ports whose packets must be dropped or rejected on the way, on each of `hosts` and each host of `baseline`, whether or not anything listens there: an open port fails, and so does one that the host itself refuses. Silence passes only if something else of the host answers, such as another port or ping, or if an endpoint of the provider's `control` does. " + notWhereOpen,
	}, {
		name: endpoint.AttrClosed, kind: kindStrings,
		description: "Ports that must not be open on any of `hosts` or any host of `baseline`. Ports that an argument before it or `baseline` lists for the same host are excluded. Written as in `open`, but without services. A closed port and a filtered port both pass.",
	}, {
		name: endpoint.AttrBaseline, kind: kindPorts,
		description: "A map from host to the ports that were open and must still be open, written as in `open`.",
	},
}

const (
	attrPassed   = "passed"
	attrFailures = "failures"
	attrResults  = "results"
	attrPassedAt = "passed_at"
	attrWaived   = "waived"
)

// outcomeTable is the one list of the outputs of data sources, ephemeral resources and
// checks.
var outcomeTable = []attribute{
	{
		name: attrPassed, kind: kindBool, mode: computed,
		description: "Whether everything is as declared, but for what `waivers` excuse.",
	}, {
		name: attrFailures, kind: kindTexts, mode: computed,
		description: "The endpoints that are not as declared: a map from endpoint, such as `tcp://web.example.com:443`, or `tcp://10.0.3.7:5432 from vpc-a` for a place that is not this machine, to its state, the reason (the evidence in Nmap's words), what is declared and the cause (the diagnosis), such as `closed (conn-refused), declared open: service-down`. The function `parse_failure` takes it apart. Holds the first 1,000 in key order. Those that `waivers` excuse are in `waived` instead.",
	}, {
		name: attrWaived, kind: kindTexts, mode: computed,
		description: "The endpoints that are not as declared and that `waivers` excuse, written as in `failures`. Holds the first 1,000 in key order. Null without `waivers`.",
	}, {
		name: attrResults, kind: kindTexts, mode: computed,
		description: "The state of every endpoint declared open, unfiltered or filtered, and of each endpoint declared closed that was found open, unless that is waived: a map from endpoint to `open`, `closed`, `filtered`, `open\\|filtered` (UDP), `closed\\|filtered` (from a place that cannot tell the two apart), `unfiltered` (declared unfiltered, and open or closed), `unresponsive` (a service that does not speak) or `unknown`. Keys are as in `failures`. Null when more than 10,000 endpoints are declared open, unfiltered or filtered; an endpoint counts once for each place.",
	},
}

// whenPassed is an output of checks alone: a data source remembers nothing.
var whenPassed = attribute{
	name: attrPassedAt, kind: kindString, mode: computed,
	description: "When an apply last found everything as declared, but for what `waivers` excuse: RFC 3339, UTC.",
}

// declaring returns the arguments that all objects with a declaration have alike: the
// settings that may be overridden, the options of services, and the declaration with
// the places and the waivers.
func declaring() []attribute {
	return slices.Concat(overrides(ofServices), serviceTable, declarationTable, []attribute{fromAttribute, waiversAttribute})
}

// shared returns the attributes that data sources, ephemeral resources and checks
// have alike: declaring, and the outputs.
func shared() []attribute { return slices.Concat(declaring(), outcomeTable) }

// overrides returns the settings that objects of a scope may have of their own.
func overrides(of scope) []attribute {
	var all []attribute
	for _, s := range settingsTable {
		if s.within(of) {
			a := s.attribute
			a.description = cmp.Or(s.ofObject, a.description+" Defaults to the provider's.")
			all = append(all, a)
		}
	}
	return all
}

// names returns the names of attributes in their order.
func names(attributes ...attribute) []string {
	all := make([]string, len(attributes))
	for i, a := range attributes {
		all[i] = a.name
	}
	return all
}

// choices describes an attribute that has one of words, the default first.
func choices(words []string) string {
	return fmt.Sprintf("One of `%s`; defaults to `%s`.", strings.Join(words, "`, `"), words[0])
}
