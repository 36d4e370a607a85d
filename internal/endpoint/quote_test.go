package endpoint

import (
	"strings"
	"testing"
)

// key is a private key of Ed25519, whose text is shorter than what is quoted.
const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHNlY3JldHNlY3JldHNlY3JldHNlY3JldHNlY3JldHM=\n-----END PRIVATE KEY-----\n"

// bare is key without its armour.
var bare = strings.Split(key, "\n")[1]

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
		bare:                                   "a key or a certificate in base64, which is not shown",
		" " + bare[:20] + "\r\n\t" + bare[20:]: "a key or a certificate in base64, which is not shown",
		strings.TrimRight(bare, "="):           "a key or a certificate in base64, which is not shown",
		"b3BlbnNzaC1rZXktdjEAAAAA":             "a key or a certificate in base64, which is not shown",
		"MC4CAQAwBQYDK2VwBCIEIHNlY3JldHNlY3Jl": `"MC4CAQAwBQYDK2VwBCIEIHNlY3JldHNlY3Jl"`, // shorter than any
		"My.name.has.an.m.and.is.as.long.as.many.keys.are": `"My.name.has.an.m.and.is.as.long.as.many.keys.are"`,
		"probe@example.com":                    `"probe@example.com"`,
		"probe:hunter2@example.com:1080":       `"…@example.com:1080"`,
		"postgres://probe:hun/t@r2@db:5432":    `"postgres://…@db:5432"`,
		"https://hunter2@example.com":          `"https://…@example.com"`,
		strings.Repeat("hunter2", 100) + ":x@": `"…@"`,
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestNoKeyIsQuoted gives a private key wherever a declaration takes a text.
func TestNoKeyIsQuoted(t *testing.T) {
	one := func(text string) List { return List{Elements: []Element{{Value: text}}} }
	for _, text := range []string{key, key + "/8", "10.0.0.1/" + key, "80/" + key, "80-" + key, "tcp://" + key + ":80", bare, "tcp://MC4C:MC4C@web:80"} {
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
