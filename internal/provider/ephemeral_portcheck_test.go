package provider

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// opened is what an ephemeral resource said when it was opened: its hosts and outputs as
// text, its diagnostics up to how long it waited, and how long that was, in seconds.
type opened struct {
	values map[string]string
	said   []string
	took   time.Duration
}

func openEphemeral(t *testing.T, p *timetable, given map[string]any) (got opened) {
	t.Helper()
	s, schemas := serverAt(t, p)
	schema := schemas.EphemeralResourceSchemas["portcheck"]
	began := time.Now()
	resp, err := s.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: "portcheck", Config: configured(t, schema, given)})
	if err != nil {
		t.Fatal(err)
	}
	got.took = time.Since(began).Round(time.Second)
	for _, said := range saidOf(resp.Diagnostics) {
		first, _, _ := strings.Cut(said, " for ")
		got.said = append(got.said, first)
	}
	whole, err := resp.Result.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]tftypes.Value{}
	if err := whole.As(&values); err != nil {
		t.Fatal(err)
	}
	if !whole.IsFullyKnown() {
		t.Errorf("the result is not known: %s", whole)
	}
	got.values = map[string]string{}
	for _, name := range []string{"hosts", attrPassed, attrResults, attrFailures} {
		got.values[name] = values[name].String()
	}
	return got
}

// TestEphemeral: it waits for the ports, gives its arguments back, and says what
// on_failure asks for when the time is up.
func TestEphemeral(t *testing.T) {
	const (
		hosts = `tftypes.List[tftypes.String]<tftypes.String<"192.0.2.1">>`
		key   = "tcp://192.0.2.1:81 from far"
		texts = "tftypes.Map[tftypes.String]"
	)
	open := map[string]string{
		"hosts": hosts, attrPassed: `tftypes.Bool<"true">`, attrFailures: texts + "<>",
		attrResults: texts + `<"` + key + `":tftypes.String<"open">>`,
	}
	closed := map[string]string{
		"hosts": hosts, attrPassed: `tftypes.Bool<"false">`,
		attrFailures: texts + `<"` + key + `":tftypes.String<"closed (conn-refused), declared open: service-down">>`,
		attrResults:  texts + `<"` + key + `":tftypes.String<"closed">>`,
	}
	nothing := map[string]string{"hosts": hosts, attrPassed: "tftypes.Bool<null>", attrFailures: texts + "<null>", attrResults: texts + "<null>"}
	const waited = `AttributeName("open"): tcp://192.0.2.1:81 from far is closed, declared open:   The ephemeral resource probed again and again`
	for name, tt := range map[string]struct {
		opens     map[uint16]time.Duration
		onFailure any
		disabled  bool
		want      opened
	}{
		"open":            {opens: map[uint16]time.Duration{81: 0}, want: opened{open, nil, 0}},
		"open after 3s":   {opens: map[uint16]time.Duration{81: 3 * time.Second}, want: opened{open, nil, 4 * time.Second}},
		"closed":          {want: opened{closed, []string{"error " + waited}, 10 * time.Second}},
		"closed, warning": {onFailure: "warning", want: opened{closed, []string{"warning " + waited}, 10 * time.Second}},
		"closed, none":    {onFailure: "none", want: opened{closed, nil, 10 * time.Second}},
		"not enabled":     {disabled: true, want: opened{nothing, nil, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.disabled {
				t.Setenv("PORTCHECK_ENABLED", "false")
			}
			synctest.Test(t, func(t *testing.T) {
				p := &timetable{opens: tt.opens}
				got := openEphemeral(t, p, map[string]any{"hosts": []string{"192.0.2.1"}, "open": []string{"81"}, "from": []string{"far"}, "timeout": "10s", attrOnFailure: tt.onFailure})
				if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(opened{})); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if tt.disabled && p.looked() > 0 {
					t.Error("it looked")
				}
			})
		})
	}
}

// TestEphemeralRefuses: what a run would not do is an error before anything is sent.
func TestEphemeralRefuses(t *testing.T) {
	p := &timetable{}
	for want, given := range map[string]map[string]any{
		`error AttributeName("from").ElementKeyInt(0): Unknown place: Element 0 of from is "mars", and no block of the provider has that name. Expected "local" or one of "far".`: {"hosts": []string{"192.0.2.1"}, "open": []string{"80"}, "from": []string{"mars"}},
		`error AttributeName("timeout"): Invalid value: timeout is "soon". Expected a duration above zero, such as "1m".`:                                                         {"hosts": []string{"192.0.2.1"}, "open": []string{"80"}, "timeout": "soon"},
	} {
		if diff := cmp.Diff([]string{want}, openEphemeral(t, p, given).said); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	if n := p.looked(); n > 0 {
		t.Errorf("%d looks", n)
	}
}
