package option

import (
	"errors"
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// maxIdentifier is how long a name can be that PostgreSQL does not cut
// (NAMEDATALEN - 1).
const maxIdentifier = 63

var postgresMap = Map{
	Name:    "postgres",
	About:   "As whom services declared as `postgres` are asked whether they take connections, as pg_isready does: the connection is begun, and ends when the server asks for a password",
	Schemes: []endpoint.Scheme{endpoint.Postgres},
	Options: []Option{
		{
			Name: "user", Secret: true,
			About:    "the role to connect as, which need not exist",
			Expected: fmt.Sprintf("a name of at most %d bytes", maxIdentifier),
			set: func(d *draft, text string) error {
				d.postgres().User = text
				return identifier(text)
			},
		}, {
			Name: "database", Secret: true,
			About:    "the database to connect to; default the one that is called as the user",
			Expected: fmt.Sprintf("a name of at most %d bytes", maxIdentifier),
			set: func(d *draft, text string) error {
				d.postgres().Database = text
				return identifier(text)
			},
		},
	},
	together: func(d *draft) error {
		if !d.given["user"] {
			return errors.New("user is missing. Expected user, and database if it is called otherwise")
		}
		return nil
	},
	put: func(of, into *look.Target) { into.Postgres = of.Postgres },
}

func (d *draft) postgres() *look.Postgres {
	if d.Postgres == nil {
		d.Postgres = &look.Postgres{}
	}
	return d.Postgres
}

func identifier(text string) error {
	switch {
	case len(text) > maxIdentifier:
		return fmt.Errorf("has %d bytes", len(text))
	case !printable(text):
		return errors.New("has a control character")
	}
	return nil
}
