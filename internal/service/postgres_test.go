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

// TestPostgresRefusals: what poolers say of the user, with codes that stand for failures
// elsewhere, is no failure.
func TestPostgresRefusals(t *testing.T) {
	for _, tt := range []struct {
		code, said string
		fails      bool
	}{
		{"XX000", "Tenant or user not found", false},
		{"XX000", "(ENOTFOUND) tenant/user probe.app not found", false},
		{"XX000", "(EDBHANDLEREXITED) DbHandler exited", true},
		{"XX000", "could not read block 0 in file", true},
		{"08004", "codeParamsRoutingFailed: missing cluster identifier", false},
		{"08004", "codeBackendDown: unable to reach backend SQL server", true},
		{"08P01", "Endpoint ID is not specified. Either please upgrade the postgres client library", false},
		{"08P01", "no such user: probe", false},
		{"08P01", "server login has been failing, try again later (server_login_retry)", true},
		{"28P01", "password authentication failed", false},
		{"57P03", "the database system is starting up", true},
		{"53300", "sorry, too many clients already", true},
	} {
		s := &session{target: look.Target{Postgres: &look.Postgres{User: "probe"}}, tap: &tap{}}
		err := postgresRefusal(s, []byte("SFATAL\x00C"+tt.code+"\x00M"+tt.said+"\x00\x00"))
		if f := faultOf(err, nil); (f != nil) != tt.fails || f != nil && f.reason != look.Unavailable {
			t.Errorf("%s %s: %v, want a failure: %t", tt.code, tt.said, err, tt.fails)
		}
	}
}
