package service

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestNameless: the names that a server was given are hidden in whatever language it
// repeats them, and nothing else is.
func TestNameless(t *testing.T) {
	as := &look.Postgres{User: "s3cr3t", Database: "database"}
	for said, want := range map[string]string{
		`role "s3cr3t" does not exist`:                `role ... does not exist`,
		`Rolle »s3cr3t« existiert nicht`:              `Rolle ... existiert nicht`,
		"le rôle « s3cr3t » n'existe pas":             "le rôle ... n'existe pas",
		"no existe el rol «s3cr3t»":                   "no existe el rol ...",
		"rola „s3cr3t” nie istnieje":                  "rola ... nie istnieje",
		`no such database: database`:                  `no such database: ...`,
		`the database system is starting up`:          `the database system is starting up`,
		`database "database" is not accepting anyone`: `database ... is not accepting anyone`,
	} {
		if got := nameless(as, said); got != want {
			t.Errorf("%s: %s, want %s", said, got, want)
		}
	}
}
