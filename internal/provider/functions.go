package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

var (
	_ function.Function = (*baselineFunction)(nil)
	_ function.Function = (*reportFunction)(nil)
)

// parseSuffix ends the name of each baselineFunction, and of no other function.
const parseSuffix = "_parse"

// baselineFunction reads the file of a scanner and returns a value for the
// attribute baseline. It is pure, as Terraform requires: Terraform calls it
// several times in one run, and the result must be the same each time.
type baselineFunction struct {
	name       string
	definition function.Definition
	// keys are what the function can call hosts by, the default first, and flags
	// its other options; options describes both. A function with none of them has
	// no second parameter.
	keys    []baseline.Key
	flags   []string
	options string
	parse   func(ctx context.Context, text string, given baselineOptions) (baseline.Baseline, error)
}

// baselineOptions are the options that were given to a baselineFunction.
type baselineOptions struct {
	key   baseline.Key
	flags []string
}

// plainly makes parse, which has no options, one that takes them.
func plainly(parse func(context.Context, string) (baseline.Baseline, error)) func(context.Context, string, baselineOptions) (baseline.Baseline, error) {
	return func(ctx context.Context, text string, _ baselineOptions) (baseline.Baseline, error) {
		return parse(ctx, text)
	}
}

func (f *baselineFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.name
}

func (f *baselineFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = f.definition
	resp.Definition.Return = function.MapReturn{ElementType: listOfStrings}
	if f.options != "" {
		resp.Definition.VariadicParameter = function.StringParameter{Name: "options", MarkdownDescription: f.options}
	}
}

func (f *baselineFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	var words []string
	arguments := []any{&text}
	if f.options != "" {
		arguments = append(arguments, &words)
	}
	if resp.Error = req.Arguments.Get(ctx, arguments...); resp.Error != nil {
		return
	}
	given, err := f.given(words)
	if err != nil {
		resp.Error = err
		return
	}
	setBaseline(ctx, resp, text, func(text string) (baseline.Baseline, error) { return f.parse(ctx, text, given) })
}

// given reads the options, which are the second argument and those after it.
func (f *baselineFunction) given(words []string) (baselineOptions, *function.FuncError) {
	var given baselineOptions
	for i, word := range words {
		key := baseline.Key(word)
		argument := int64(i + 1)
		switch {
		case slices.Contains(f.keys, key) && given.key != "":
			return given, function.NewArgumentFuncError(argument, fmt.Sprintf("%q is one key too many. Expected at most one", word))
		case slices.Contains(f.keys, key):
			given.key = key
		case slices.Contains(f.flags, word):
			given.flags = append(given.flags, word)
		default:
			return given, function.NewArgumentFuncError(argument, fmt.Sprintf("%s is not an option. Expected one of %q", endpoint.Quote(word), f.words()))
		}
	}
	if given.key == "" && len(f.keys) > 0 {
		given.key = f.keys[0]
	}
	return given, nil
}

// words returns all options.
func (f *baselineFunction) words() []string {
	var words []string
	for _, key := range f.keys {
		words = append(words, string(key))
	}
	return append(words, f.flags...)
}

// setBaseline parses text, the first argument, and sets the result.
func setBaseline(ctx context.Context, resp *function.RunResponse, text string, parse func(string) (baseline.Baseline, error)) {
	found, err := parse(longText(ctx, text))
	if ctx.Err() != nil {
		resp.Error = function.NewFuncError("The file was not read to its end, because the CLI was interrupted.")
		return
	}
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, newPorts(ctx, found))
}

// contentOf returns a parameter that takes the content of a file. The limit is that of
// the CLIs (grpcMaxMessageSize in their sources).
func contentOf(name, description string) function.StringParameter {
	return function.StringParameter{Name: name, MarkdownDescription: description + " The CLIs pass at most 256 MiB to a provider."}
}

// reportFunction writes the outputs of checks as text. It is pure, as
// baselineFunction is.
type reportFunction struct {
	name       string
	definition function.Definition
	write      func([]report.Check) string
}

// reportedWhen is the part of the description that all reports share.
const reportedWhen = `

A report is made from the attributes of the checks. It is known when all of them are known:

- With data sources, the report is known in the plan: use data sources for a pull request.
  To read an output named ` + "`summary`" + ` from a saved plan, run
  ` + "`terraform show -json PLAN | jq -r .planned_values.outputs.summary.value`" + `.
- If a plan creates or updates a ` + "`portcheck_check`" + `, the report is known only after apply. With
  the default ` + "`on_drift = \"recheck\"`" + `, a plan does this after drift too.
- An apply that fails leaves the output as it was, so it may hold an older report.
  ` + "`apply -refresh-only`" + ` updates it. With ` + "`on_failure = \"warning\"`" + `, the apply itself updates it.

Mark the output ` + "`sensitive`" + `: this keeps a long text out of what plan and apply print, and
` + "`output -raw`" + ` still prints it. While the ports stay as they are, a report does not change from
run to run.`

func (f *reportFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.name
}

func (f *reportFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = f.definition
	resp.Definition.MarkdownDescription += reportedWhen
	resp.Definition.Parameters = []function.Parameter{function.DynamicParameter{
		Name: "checks",
		MarkdownDescription: "A map from names to checks. A check is a whole `portcheck_check` resource or `portcheck` data source; the report shows it under its name. " +
			"A resource or data source with `for_each` is such a map.",
		// So that a value that is not a check is an error at validate, where
		// hardly anything is known.
		AllowUnknownValues: true,
	}}
	resp.Definition.Return = function.StringReturn{}
}

func (f *reportFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var given types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &given); resp.Error != nil {
		return
	}
	checks, err := checksIn(given)
	switch {
	case errors.Is(err, errUnknown):
		resp.Error = resp.Result.Set(ctx, types.StringUnknown())
	case err != nil:
		resp.Error = function.NewArgumentFuncError(0, err.Error())
	default:
		resp.Error = resp.Result.Set(ctx, f.write(checks))
	}
}
