package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

// NewReportJUnitFunction makes the function report_junit.
func NewReportJUnitFunction() function.Function {
	return &reportFunction{
		name:  "report_junit",
		write: report.JUnit,
		definition: function.Definition{
			Summary: "Writes how checks went in JUnit's XML, for the test reports of pipelines.",
			MarkdownDescription: `Writes how checks went in JUnit's XML, which GitLab, Jenkins and actions of GitHub show as a
test report: a test suite for each check, a test case for each endpoint in ` + "`results`" + ` or
` + "`failures`" + `.

- What is not as declared is a ` + "`failure`" + `, of the cause's type and with the next step in its text.
- What could not be tested (state ` + "`unknown`" + `) is an ` + "`error`" + `; a check that was never probed is
  ` + "`skipped`" + `.
- What is not listed one by one, such as the ports that are closed as declared, is one
  test case where there would be none, and where ` + "`results`" + ` is null.
- ` + "`timestamp`" + ` is ` + "`passed_at`" + ` where the check passed, and 1970 where no time is known; ` + "`time`" + ` is 0.

It is valid under Ant's schema (the common ` + "`JUnit.xsd`" + `) and that of Jenkins' xUnit plugin.`,
		},
	}
}
