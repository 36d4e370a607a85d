// Command terraform-provider-portcheck serves the provider to Terraform and
// OpenTofu.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// version is set at release (-ldflags "-X main.version=1.2.3").
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run for a debugger such as delve")
	flag.Parse()
	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	if err := tf6server.Serve("registry.terraform.io/portcheck/portcheck", provider.NewServer(version), options...); err != nil {
		log.Fatal(err)
	}
}
