package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

var (
	_ function.Function = (*baselineFunction)(nil)
	_ function.Function = (*nessusParseFunction)(nil)
	_ function.Function = (*reportFunction)(nil)
)

// baselineFunction reads the text that a scanner wrote and returns what
// baseline takes. It is pure, as Terraform requires: it is called several times
// in one run, and must say the same each time.
type baselineFunction struct {
	name       string
	definition function.Definition
	parse      func(text string) (baseline.Baseline, error)
}

func (f *baselineFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.name
}

func (f *baselineFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = f.definition
	resp.Definition.Return = function.MapReturn{ElementType: listOfStrings}
}

func (f *baselineFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error == nil {
		setBaseline(ctx, resp, text, f.parse)
	}
}

// setBaseline sets what parse makes of text, the first argument.
func setBaseline(ctx context.Context, resp *function.RunResponse, text string, parse func(string) (baseline.Baseline, error)) {
	found, err := parse(text)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	result := make(map[string][]string, len(found))
	for host, ports := range found {
		result[string(host)] = ports
	}
	resp.Error = resp.Result.Set(ctx, result)
}

// contentOf is a parameter that takes what a file holds.
func contentOf(name, description string) function.StringParameter {
	return function.StringParameter{Name: name, MarkdownDescription: description}
}

// reportFunction writes what is known of checks as text. It is pure, as
// baselineFunction is.
type reportFunction struct {
	name       string
	definition function.Definition
	write      func([]report.Check) string
}

// reportedWhen says what all reports have in common.
const reportedWhen = `

A report says what the attributes of the checks say, and is known when they are:

- With data sources it is known in the plan: take these for a pull request. A saved plan
  has the output ` + "`summary`" + ` in ` + "`show -json PLAN | jq -r .planned_values.outputs.summary.value`" + `.
- A plan in which a ` + "`portcheck_check`" + ` is to be created or updated, as after drift with the
  default ` + "`on_drift = \"recheck\"`" + `, knows it after apply only.
- An apply that fails leaves an output as it was, a report of the run before perhaps.
  ` + "`apply -refresh-only`" + ` brings it up to date; with ` + "`on_failure = \"warning\"`" + ` the apply itself does.

An output of it is best ` + "`sensitive`" + `, which keeps a long text out of what plan and apply print;
` + "`output -raw`" + ` prints it all the same. Nothing in a report changes from run to run while the
ports stay as they are.`

func (f *reportFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.name
}

func (f *reportFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = f.definition
	resp.Definition.MarkdownDescription += reportedWhen
	resp.Definition.Parameters = []function.Parameter{function.DynamicParameter{
		Name: "checks",
		MarkdownDescription: "A map from the name that the report is to show to each check: a `portcheck_check` resource or a `portcheck` data source, whole. " +
			"A resource or data source with `for_each` is such a map.",
		// So that what is no check is an error at validate, where hardly
		// anything is known.
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
