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
			Summary: "Writes the results of checks in JUnit's XML, for the test reports of pipelines.",
			MarkdownDescription: `Writes the results of checks in JUnit's XML, which GitLab, Jenkins and GitHub actions show as
a test report: a test suite for each check, a test case for each endpoint in ` + "`results`" + ` or
` + "`failures`" + `.

- An endpoint that is not as declared is a ` + "`failure`" + `. Its type is the cause, and its text has the
  next step.
- An endpoint that could not be tested (state ` + "`unknown`" + `) is an ` + "`error`" + `. A check that was never
  probed is ` + "`skipped`" + `.
- Endpoints that are declared closed and are not open share one test case. So do those that
  are not listed one by one because ` + "`results`" + ` is null. A suite always has a test case.
- ` + "`timestamp`" + ` is ` + "`passed_at`" + ` if the check passed, and 1970 if no time is known. ` + "`time`" + ` is 0.

The report is valid under Ant's schema (the common ` + "`JUnit.xsd`" + `) and that of Jenkins' xUnit plugin.`,
		},
	}
}
