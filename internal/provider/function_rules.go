package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/rules"
)

var _ function.Function = (*rulesFunction)(nil)

// rulesFunction returns the ports that the rules of a cloud's firewall let in. It
// is pure, as baselineFunction is.
type rulesFunction struct {
	name       string
	definition function.Definition
	// argument is the name of the attribute that has the rules; arguments and
	// options describe the parameters.
	argument, arguments, options string
	ports                        func(given any, options ...string) ([]string, error)
}

// rulesReturn is the part of the description that the functions for all clouds share.
const rulesReturn = `

The result is a list of strings for ` + "`open` or `unfiltered`" + `: TCP ports first (` + "`\"443\"`," + `
` + "`\"8000-8010\"`" + `), then UDP ports (` + "`\"53/udp\"`" + `), each in order and none twice.

- ` + "`unfiltered`" + ` is for TCP ports. Give the function ` + "`\"tcp\"`" + ` there, so that rules for UDP and for all
  protocols do not fail it. ` + "`open`" + ` takes both.
- ICMP and other protocols have no ports and are left out. So is port 0.
- The ports are those that the attributes have: they are known in the plan when the
  attributes are, and a rule that somebody removes in the console is one of them until the
  next refresh of the resource. Then it is drift of that resource.`

func (f *rulesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.name
}

func (f *rulesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = f.definition
	resp.Definition.MarkdownDescription += rulesReturn
	resp.Definition.Parameters = []function.Parameter{function.DynamicParameter{
		Name: f.argument, MarkdownDescription: f.arguments,
		// So that sources that do not matter may be unknown, and a value that is
		// no rule is an error at validate.
		AllowUnknownValues: true,
	}}
	resp.Definition.VariadicParameter = function.StringParameter{Name: "options", MarkdownDescription: f.options}
	resp.Definition.Return = function.ListReturn{ElementType: types.StringType}
}

func (f *rulesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var given types.Dynamic
	var options []string
	if resp.Error = req.Arguments.Get(ctx, &given, &options); resp.Error != nil {
		return
	}
	ports, err := f.ports(plainValue(given), options...)
	wrong, ofOption := errors.AsType[*rules.OptionError](err)
	switch {
	case errors.Is(err, rules.ErrUnknown):
		resp.Error = resp.Result.Set(ctx, types.ListUnknown(types.StringType))
	case ofOption:
		resp.Error = function.NewArgumentFuncError(int64(wrong.Index+1), wrong.Text)
	case err != nil:
		resp.Error = function.NewArgumentFuncError(0, err.Error())
	default:
		resp.Error = resp.Result.Set(ctx, ports)
	}
}

// plainValue is v as package rules takes it.
func plainValue(v attr.Value) any {
	v = concrete(v)
	switch known(v) {
	case isNull:
		return nil
	case isUnknown:
		return rules.Unknown{}
	case isKnown:
	}
	switch v := v.(type) {
	case types.String:
		return v.ValueString()
	case types.Bool:
		return v.ValueBool()
	case types.Number:
		f, _ := v.ValueBigFloat().Float64()
		return f
	case types.List:
		return plainList(v.Elements())
	case types.Set:
		return plainList(v.Elements())
	case types.Tuple:
		return plainList(v.Elements())
	}
	all := map[string]any{}
	elements, _ := elementsOf(v)
	for name, e := range elements {
		all[name] = plainValue(e)
	}
	return all
}

func plainList(elements []attr.Value) []any {
	all := make([]any, len(elements))
	for i, e := range elements {
		all[i] = plainValue(e)
	}
	return all
}
