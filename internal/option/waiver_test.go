package option

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func declareBoth(t *testing.T) *endpoint.Declared {
	t.Helper()
	list := func(texts ...string) (l endpoint.List) {
		for _, text := range texts {
			l.Elements = append(l.Elements, endpoint.Element{Value: text})
		}
		return l
	}
	declared, problems := endpoint.Declaration{Hosts: list("web.example.com", "192.0.2.1"), Open: list("80", "443/https"), Unfiltered: list("200"), Filtered: list("300"), Closed: list("1-100", "53/udp")}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return declared
}

func TestWaivers(t *testing.T) {
	var w Waivers
	for key, options := range map[string]map[string]Value{
		"tcp://web.example.com:22": known(map[string]string{"until": "2026-12-31", "reason": "CHG-1"}),
		"20-30":                    known(map[string]string{"until": "2026-11-30"}),
		"53/udp":                   {"until": {Unknown: true}},
		"443/https":                nil,
		"200":                      known(map[string]string{"until": "2026-11-30"}),
		"tcp://192.0.2.1:300":      known(map[string]string{"until": "2026-11-30"}),
	} {
		if wrong := w.Add(key, options, declareBoth(t)); wrong != nil {
			t.Error(wrong)
		}
	}
	at := func(scheme endpoint.Scheme, host endpoint.Host, port uint16) endpoint.Endpoint {
		return endpoint.Endpoint{Scheme: scheme, Host: host, Port: port}
	}
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		of   endpoint.Endpoint
		has  bool
		want *endpoint.Waiver
	}{
		{at("tcp", "web.example.com", 22), true, &endpoint.Waiver{Until: day(12, 31), Reason: "CHG-1"}},
		{at("tcp", "192.0.2.1", 22), true, &endpoint.Waiver{Until: day(11, 30)}},
		{at("tcp", "web.example.com", 30), true, &endpoint.Waiver{Until: day(11, 30)}},
		{at("tcp", "192.0.2.1", 31), false, nil},
		{at("udp", "192.0.2.1", 53), true, nil},
		{at("https", "192.0.2.1", 443), true, nil},
		{at("tcp", "192.0.2.1", 443), false, nil},
	} {
		if diff := cmp.Diff(tt.want, w.Of(tt.of)); diff != "" || w.Has(tt.of) != tt.has {
			t.Errorf("%s: has %t (-want +got)\n%s", tt.of, w.Has(tt.of), diff)
		}
	}
}

func TestWaiverMistakes(t *testing.T) {
	good := map[string]string{"until": "2026-12-31"}
	for _, tt := range []struct {
		key     string
		options map[string]string
		want    string
	}{
		{"22", map[string]string{}, `waivers["22"]: until is missing. Expected the last day, such as "2026-12-31"`},
		{"22", map[string]string{"until": ""}, `waivers["22"]: until is "". Expected the last day, such as "2026-12-31"`},
		{"22", map[string]string{"until": "2026-02-30"}, `waivers["22"]: until is "2026-02-30". Expected the last day, such as "2026-12-31"`},
		{"22", map[string]string{"until": "2026-12-31T06:00:00Z"}, `waivers["22"]: until is "2026-12-31T06:00:00Z". Expected the last day, such as "2026-12-31"`},
		{"22", map[string]string{"until": "2026-12-31", "why": "x"}, `waivers["22"]: "why" is not an option of waivers. Expected one of until, reason`},
		{"22", map[string]string{"until": "2026-12-31", "reason": " "}, `waivers["22"]: reason is empty. Expected why the failure is excused, such as "CHG-1234"`},
		{"101", good, `waivers["101"]: nothing of that is declared. Expected an endpoint, or ports with their scheme, that the object declares`},
		{"tcp://192.0.2.1:22 from vpc-a", good, `waivers["tcp://192.0.2.1:22 from vpc-a"]: it names a place, but such a key speaks of all places. Expected "tcp://192.0.2.1:22"`},
		{"tcp://192.0.2.1:22 from local", good, `waivers["tcp://192.0.2.1:22 from local"]: it names a place, but such a key speaks of all places. Expected "tcp://192.0.2.1:22"`},
		{"443", good, `waivers["443"]: nothing of that is declared. Expected an endpoint, or ports with their scheme, that the object declares`},
		{"tcp://db.example.com:22", good, `waivers["tcp://db.example.com:22"]: nothing of that is declared. Expected an endpoint, or ports with their scheme, that the object declares`},
	} {
		var w Waivers
		wrong := w.Add(tt.key, known(tt.options), declareBoth(t))
		if wrong == nil || wrong.Error() != tt.want {
			t.Errorf("%s %v\ngot  %v\nwant %s", tt.key, tt.options, wrong, tt.want)
		}
	}
	var w Waivers
	if wrong := w.Add("20-30", known(good), nil); wrong != nil {
		t.Error(wrong)
	}
	for key, want := range map[string]string{
		"22":    `waivers["22"]: it overlaps with "20-30". Expected each port once`,
		"ssh":   `waivers["ssh"]: `,
		"tcp:/": `waivers["tcp:/"]: `,
	} {
		if wrong := w.Add(key, known(good), nil); wrong == nil || len(wrong.Error()) < len(want) || wrong.Error()[:len(want)] != want {
			t.Errorf("%s: %v", key, wrong)
		}
	}
}

// TestWaiverEnds: a waiver holds to the last moment of its day, in UTC.
func TestWaiverEnds(t *testing.T) {
	day, ok := endpoint.ParseDay("2026-12-31")
	if !ok {
		t.Fatal("2026-12-31 is no day")
	}
	w := endpoint.Waiver{Until: day}
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	east := time.FixedZone("", 5*3600)
	for at, ended := range map[time.Time]bool{
		end.Add(-1): false, end: true, end.Add(-1).In(east): false, end.In(east): true, end.AddDate(-1, 0, 0): false, end.AddDate(1, 0, 0): true,
	} {
		if w.Ended(at) != ended {
			t.Errorf("at %s: ended is %t", at, !ended)
		}
	}
	if w.EndsWithin(24*time.Hour, end.Add(-24*time.Hour-1)) || !w.EndsWithin(24*time.Hour, end.Add(-24*time.Hour)) {
		t.Error("the last day is not the last day")
	}
	if w.LastDay() != "2026-12-31" {
		t.Error(w.LastDay())
	}
}

func FuzzWaiver(f *testing.F) {
	f.Add("tcp://10.0.3.7:22", "2026-12-31", "CHG-1234")
	f.Add("20-30/udp", "9999-12-31", "")
	f.Fuzz(func(t *testing.T, key, until, reason string) {
		var w Waivers
		if w.Add(key, known(map[string]string{"until": until, "reason": reason}), nil) != nil {
			return
		}
		e := w.entries[0]
		at := endpoint.Endpoint{Scheme: e.scheme, Host: e.host, Port: e.ports.Last}
		if got := w.Of(at); got == nil || got.LastDay() != until || got.Reason != reason {
			t.Errorf("%s: %v", at, got)
		}
	})
}
