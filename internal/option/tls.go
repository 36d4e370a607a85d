package option

import (
	"errors"
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// tlsMap has the TLS settings of single services. They go before the settings of the
// object.
var tlsMap = Map{
	Name:    NameTLS,
	About:   "How TLS is spoken with single services, instead of what `tls_verify`, `ca_file`, `ca_pem`, `server_name` and `tls_min_days` say for all",
	Schemes: schemesOf(func(i endpoint.SchemeInfo) bool { return i.Certificate || i.OptionalTLS }),
	Options: []Option{
		{
			Name:     "verify",
			About:    "whether the certificate must be valid and match the host: `\"true\"` or `\"false\"`; default as `tls_verify`",
			Expected: `"true" or "false"`,
			set:      setVerify,
		}, {
			Name:     "server_name",
			About:    "the name to send and to verify instead of the host",
			Expected: `a host name, such as "www.example.com"`,
			set: func(d *draft, text string) error {
				host, err := endpoint.ParseHost(text)
				_, isAddr := host.Addr()
				d.TLS.ServerName = string(host)
				return expect(err == nil && !isAddr)
			},
		}, {
			Name: "ca_file", file: true,
			About:    "a PEM file of the authorities to trust, of at most 16 MiB",
			Expected: "a file of certificates in PEM",
			set: func(d *draft, text string) error {
				roots, err := d.authoritiesIn(text)
				d.TLS.Roots = roots
				return err
			},
		}, {
			Name: "ca_pem", Secret: true,
			About:    "these authorities themselves, as PEM text",
			Expected: `certificates in PEM, such as file("ca.pem") gives`,
			set: func(d *draft, text string) error {
				roots, err := Authorities([]byte(text))
				d.TLS.Roots = roots
				return err
			},
		}, {
			Name:     "min_days",
			About:    "for how many days the certificate and its chain must still be valid",
			Expected: "a whole number from 0 to 3650",
			set: func(d *draft, text string) (err error) {
				d.TLS.MinDays, err = number(text, 0, 3650)
				return err
			},
		}, {
			Name: "client_cert_pem", Secret: true,
			About:    "the certificate to give to a server that asks for one, with its intermediate certificates, as PEM text; needs `client_key_pem`",
			Expected: `certificates in PEM, such as file("client.pem") gives`,
			set: func(d *draft, text string) error {
				d.certPEM = text
				_, err := Authorities([]byte(text))
				return err
			},
		}, {
			Name: "client_key_pem", Secret: true,
			About:    "the private key of `client_cert_pem`, as PEM text without a passphrase",
			Expected: "a private key in PEM without a passphrase",
			set: func(d *draft, text string) error {
				d.keyPEM = text
				return checkKey([]byte(text))
			},
		}, {
			Name:     "starttls",
			About:    "`\"true\"` goes over to TLS before anything else, as clients do with `STARTTLS`, `STLS` or `AUTH TLS`; only for schemes that begin without TLS, which stay without it by default",
			Expected: `"true" or "false"`,
			set: func(d *draft, text string) (err error) {
				d.TLS.StartTLS, err = boolean(text)
				return err
			},
		},
	},
	together: tlsTogether,
	put:      func(of, into *look.Target) { into.TLS = of.TLS },
}

// schemesOf returns the schemes that are as is says.
func schemesOf(is func(endpoint.SchemeInfo) bool) (schemes []endpoint.Scheme) {
	for _, info := range endpoint.Infos() {
		if is(info) {
			schemes = append(schemes, info.Scheme)
		}
	}
	return schemes
}

func setVerify(d *draft, text string) error {
	verify, err := boolean(text)
	d.TLS.Verify = look.VerifyNever
	if verify {
		d.TLS.Verify = look.VerifyAlways
	}
	return err
}

func tlsTogether(d *draft) error {
	if err := startsTLS(d); err != nil {
		return err
	}
	switch {
	case d.given["ca_file"] && d.given["ca_pem"]:
		return errors.New("ca_file and ca_pem are both given. Expected one of them")
	case d.given["client_cert_pem"] != d.given["client_key_pem"]:
		return errors.New("client_cert_pem and client_key_pem need each other. Expected both of them, or none")
	}
	if d.TLS.Verify == look.VerifyDefault {
		d.TLS.Verify = look.VerifyNames // whoever says how has it looked at, even where TLS is optional
	}
	if d.certPEM == "" || d.keyPEM == "" {
		return nil
	}
	client, err := clientCertificate([]byte(d.certPEM), []byte(d.keyPEM))
	d.TLS.Client = client
	return err
}

// startsTLS holds starttls to the scheme, and the other options to starttls.
func startsTLS(d *draft) error {
	switch comes := d.Scheme.HasCertificate(); { // to TLS without being asked to
	case comes && d.given["starttls"]:
		return fmt.Errorf("starttls is for schemes that begin without TLS, and %s does not", d.Scheme)
	case comes:
		return nil
	case !d.given["starttls"]:
		return fmt.Errorf("%s begins without TLS. Expected starttls = \"true\" too", d.Scheme)
	case !d.TLS.StartTLS && !d.unknown && len(d.given) > 1:
		return errors.New("starttls is \"false\", so that no other option has a meaning. Expected starttls = \"true\", or no other option")
	}
	return nil
}
