package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// privateKey is one of Ed25519, whose text is shorter than what is quoted of others.
const privateKey = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHNlY3JldHNlY3JldHNlY3JldHNlY3JldHNlY3JldHM=\n-----END PRIVATE KEY-----\n"

// TestNoKeyIsQuoted gives a private key in place of each setting and of each argument
// of each block.
func TestNoKeyIsQuoted(t *testing.T) {
	holds := func(where, said string) {
		if strings.Contains(said, "MC4C") {
			t.Errorf("%s is told: %s", where, said)
		}
	}
	for _, entry := range settingsTable {
		s := defaultSettings
		if err := entry.set(&s, privateKey); err != nil {
			holds(entry.name, entry.refusal(entry.name, privateKey, err))
		} else if entry.name != attrCAFile {
			t.Errorf("%s takes a key", entry.name)
		}
	}
	whole := map[string]given{kindSSH: sshTo("a", nil), kindBlackbox: exporterAt("a", nil)}
	for _, kind := range placeKinds {
		for _, argument := range kind.arguments {
			values := map[string]any{argName: "a"}
			if g, ok := whole[kind.name]; ok {
				values = maps.Clone(g.values)
			}
			switch argument.kind { //nolint:exhaustive // the others are no texts
			case kindString:
				values[argument.name] = privateKey
			case kindTexts:
				values[argument.name] = map[string]any{privateKey: privateKey}
			default:
				continue
			}
			_, diags := placesOf(t.Context(), configOf(t, given{kind.name, values}), vantageMakers, guard.Policy{})
			for _, d := range diags {
				holds(kind.name+"."+argument.name, d.Summary()+d.Detail())
			}
		}
	}
}
