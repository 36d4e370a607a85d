package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

var (
	_ function.Function = (*baselineFunction)(nil)
	_ function.Function = (*nessusParseFunction)(nil)
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
