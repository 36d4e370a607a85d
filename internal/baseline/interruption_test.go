package baseline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// endsLater is a context that ends when it has been asked for a while.
type endsLater struct {
	context.Context
	asked *int
}

func (c endsLater) Err() error {
	if *c.asked++; *c.asked > 10 {
		return context.Canceled
	}
	return nil
}

// TestInterrupted: each parser ends in the middle of a file when its context ends, and
// says so.
func TestInterrupted(t *testing.T) {
	for _, file := range largeFiles {
		t.Run(file.name, func(t *testing.T) {
			asked := 0
			_, err := file.parse(endsLater{t.Context(), &asked}, file.make(5_000_000))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v, asked %d times", err, asked)
			}
		})
	}
}

// TestLargeElements: what would be in memory several times has a bound.
func TestLargeElements(t *testing.T) {
	long := strings.Repeat("y", 16<<20)
	for name, test := range map[string]struct {
		parse parser
		text  string
		want  string
	}{
		"attribute": {nmapByAddress, "<nmaprun><x a=\"" + long + "\"/></nmaprun>", "line 1: an element, a text or a comment is larger than 16 MiB"},
		"text":      {nessusByIP, "<NessusClientData_v2>\n<x>" + long + "</x></NessusClientData_v2>", "line 2: an element, a text or a comment is larger than 16 MiB"},
		"comment":   {openvasByIP, "<report><!--" + long + "--></report>", "line 1: an element, a text or a comment is larger than 16 MiB"},
		"CDATA":     {openvasByIP, "<report><![CDATA[" + long + "]]></report>", "line 1: an element, a text or a comment is larger than 16 MiB"},
		"record":    {baseline.Naabu, `{"ip": "192.0.2.1", "port": 80}` + "\n" + `{"ip": "` + long + `"}`, "line 2: a record is larger than 16 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.parse(t.Context(), test.text)
			if err == nil || !strings.HasPrefix(err.Error(), test.want+". Expected ") {
				t.Errorf("got %.200v, want %s", err, test.want)
			}
		})
	}
	whole := "<report><!--" + long[:len(long)-100] + "--><ports><port>80/tcp<host>192.0.2.1</host></port></ports></report>"
	parser(openvasByIP).is(t, whole, baseline.Baseline{"192.0.2.1": {"80"}})
}
