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

// baselineFunction reads the file of a scanner and returns a value for the
// attribute baseline. It is pure, as Terraform requires: Terraform calls it
// several times in one run, and the result must be the same each time.
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

// setBaseline parses text, the first argument, and sets the result.
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

// contentOf returns a parameter that takes the content of a file.
func contentOf(name, description string) function.StringParameter {
	return function.StringParameter{Name: name, MarkdownDescription: description}
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
