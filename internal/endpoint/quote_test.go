package endpoint

import (
	"strings"
	"testing"
)

// key is a private key of Ed25519, whose text is shorter than what is quoted.
const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHNlY3JldHNlY3JldHNlY3JldHNlY3JldHNlY3JldHM=\n-----END PRIVATE KEY-----\n"

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     `""`,
		"a\n\x1b[31m\u202e":                    `"a\n\x1b[31m\u202e"`,
		strings.Repeat("é", 60):                `"` + strings.Repeat("é", 60) + `"`,
		strings.Repeat("é", 61):                `"` + strings.Repeat("é", 60) + `…"`,
		key:                                    `text in PEM, which is not shown (its first block is "PRIVATE KEY")`,
		"tcp://" + key:                         `text in PEM, which is not shown (its first block is "PRIVATE KEY")`,
		strings.ReplaceAll(key, "\n", " "):     `text in PEM, which is not shown (its first block is "PRIVATE KEY")`,
		"-----BEGIN X":                         "text in PEM, which is not shown (its first block is damaged)",
		"-----BEGINMC4CAQAwBQYDK2Vw-----":      "text in PEM, which is not shown (its first block is damaged)",
		"-----BEGIN MC4CAQAwBQYDK2Vw-----":     "text in PEM, which is not shown (its first block is damaged)",
		strings.Repeat("x", 1000) + "\n" + key: `text in PEM, which is not shown (its first block is "PRIVATE KEY")`,
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestNoKeyIsQuoted gives a private key wherever a declaration takes a text.
func TestNoKeyIsQuoted(t *testing.T) {
	one := func(text string) List { return List{Elements: []Element{{Value: text}}} }
	for _, text := range []string{key, key + "/8", "10.0.0.1/" + key, "80/" + key, "80-" + key, "tcp://" + key + ":80"} {
		d := Declaration{Hosts: one(text), Open: one(text), Closed: one(text), Baseline: map[string]List{text: one(text), "a": one(text)}}
		_, problems := d.Resolve()
		_, swept := Sweep{Hosts: one(text), Ports: one(text)}.Resolve()
		_, control := ParseControl(text)
		if len(problems) < 5 || len(swept) < 2 || control == nil {
			t.Errorf("%q is taken: %v, %v, %v", text, problems, swept, control)
		}
		said := control.Error()
		for _, p := range append(problems, swept...) {
			said += p.Summary + p.Detail
		}
		if strings.Contains(said, "MC4C") {
			t.Errorf("%q is told: %s", text, said)
		}
	}
}
