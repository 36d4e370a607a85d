package option

import (
	"errors"
	"unicode/utf8"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

var grpcMap = Map{
	Name:    "grpc",
	About:   "The health check of services declared as `grpc` or `grpcs`",
	Schemes: []endpoint.Scheme{endpoint.GRPC, endpoint.GRPCS},
	Options: []Option{{
		Name:     "service",
		About:    "the service that must be `SERVING`, such as `\"shop.v1.Cart\"`, in the health check of the server; default the whole server",
		Expected: `the name of a service, such as "shop.v1.Cart"`,
		set: func(d *draft, text string) error {
			d.GRPC = &look.GRPC{Service: text}
			return expect(printable(text) && utf8.ValidString(text) && len(text) <= 1024)
		},
	}},
	together: func(d *draft) error {
		if !d.given["service"] {
			return errors.New("service is missing. Expected the name of a service")
		}
		return nil
	},
	put: func(of, into *look.Target) { into.GRPC = of.GRPC },
}
