// Command terraform-provider-portcheck serves the provider to Terraform and
// OpenTofu.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// version is set at release (-ldflags "-X main.version=1.2.3").
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run for a debugger such as delve")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address:         "registry.terraform.io/portcheck/portcheck",
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}
