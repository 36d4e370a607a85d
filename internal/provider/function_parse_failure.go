package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

type parseFailureFunction struct{}

// NewParseFailureFunction makes the function parse_failure.
func NewParseFailureFunction() function.Function { return &parseFailureFunction{} }

// failureParts is the result of parse_failure.
type failureParts struct {
	Declared endpoint.Want `tfsdk:"declared"`
	State    look.State    `tfsdk:"state"`
	Reason   look.Reason   `tfsdk:"reason"`
	Cause    verdict.Cause `tfsdk:"cause"`
}

func (f *parseFailureFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_failure"
}

func (f *parseFailureFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Takes an element of failures apart.",
		MarkdownDescription: `Takes an element of ` + "`failures`" + ` apart into an object with the strings ` + "`declared`, `state`, `reason`" + ` and
` + "`cause`" + `, so that no configuration needs a regular expression for it.

` + "`\"" + verdict.ExampleRecord + "\"`" + ` gives
` + "`{ declared = \"open\", state = \"closed\", reason = \"conn-refused\", cause = \"service-down\" }`" + `.
Any other text is an error.`,
		Parameters: []function.Parameter{function.StringParameter{Name: "failure", MarkdownDescription: "An element of `failures`."}},
		Return: function.ObjectReturn{AttributeTypes: map[string]attrType{
			"declared": types.StringType, "state": types.StringType, "reason": types.StringType, "cause": types.StringType,
		}},
	}
}

func (f *parseFailureFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	r, err := verdict.ParseRecord(text)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, failureParts(r))
}
