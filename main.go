// Command terraform-provider-portcheck serves the provider to Terraform and
// OpenTofu.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// version is set at release (-ldflags "-X main.version=1.2.3").
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run for a debugger such as delve")
	flag.Parse()
	quietFramework()
	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	if err := tf6server.Serve("registry.terraform.io/portcheck/portcheck", provider.NewServer(version), options...); err != nil {
		log.Fatal(err)
	}
}

// quietFramework switches off the log of the plugin framework, unless somebody
// wants one. At its trace level the framework writes a line for each value of a
// state or plan, for which it takes quadratic time, and the CLI throws them away:
// a plan of 10,000 endpoints takes 16 s with them, and 4 s without.
func quietFramework() {
	const framework = "TF_LOG_SDK_FRAMEWORK"
	for _, variable := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", framework} {
		if os.Getenv(variable) != "" {
			return
		}
	}
	_ = os.Setenv(framework, "off")
}
