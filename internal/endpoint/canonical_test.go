package endpoint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func TestCanonical(t *testing.T) {
	tests := []struct {
		name string
		d    endpoint.Declaration
		from []string
		want string
	}{
		{
			name: "a check of one port",
			d:    endpoint.Declaration{Hosts: list("web.example.com"), Open: list("443"), Closed: left},
			from: []string{endpoint.Local},
			want: "hosts=web.example.com open=443",
		}, {
			name: "spelling and order",
			d: endpoint.Declaration{
				Hosts:  list("WEB.example.com", "db.example.com.", "2001:DB8:0::1", "10.0.0.0/24", "web.example.com"),
				Open:   list("443/https", "8001", "8000/tcp", "22", "22"),
				Closed: list("1-1000", "900-1023"),
			},
			from: []string{"vpc-a", endpoint.Local},
			want: "hosts=10.0.0.0/24,2001:db8::1,db.example.com.,web.example.com open=22,8000-8001,443/https closed=1-1023 from=local,vpc-a",
		}, {
			name: "all that can be declared",
			d: endpoint.Declaration{
				Hosts: list("a"), Open: list("1"), Unfiltered: list("2"), Filtered: list("3"), Closed: list("4"),
			},
			from: []string{endpoint.Local},
			want: "hosts=a open=1 unfiltered=2 filtered=3 closed=4",
		}, {
			name: "a baseline",
			d: endpoint.Declaration{Baseline: map[string]endpoint.List{
				"2001:db8::1": list("53/udp", "22"), "db.example.com": list(), "DB.example.com": list("1"), "DB2": {},
			}},
			from: []string{"vpc-a"},
			want: "baseline[2001:db8::1]=22,53/udp baseline[db.example.com]=1 baseline[db2]= from=vpc-a",
		}, {
			name: "what is about filters",
			d:    endpoint.Declaration{Hosts: list("a"), Unfiltered: list("23", "22"), Filtered: list("80-443"), Closed: list("1")},
			want: "hosts=a unfiltered=22-23 filtered=80-443 closed=1",
		}, {
			name: "nothing",
			d:    endpoint.Declaration{Hosts: list(), Open: left, Baseline: map[string]endpoint.List{}},
			want: "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.d.Canonical(tt.from)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			again, from, err := endpoint.ParseCanonical(got)
			if err != nil {
				t.Fatal(err)
			}
			if twice := again.Canonical(placesIn(from)); twice != got {
				t.Errorf("%q is read as %q", got, twice)
			}
		})
	}
}

// placesIn are the places that a list names, this machine if it is left out.
func placesIn(from endpoint.List) []string {
	if from.Null {
		return []string{endpoint.Local}
	}
	var names []string
	for _, e := range from.Elements {
		names = append(names, e.Value)
	}
	return names
}

func TestParseCanonical(t *testing.T) {
	got, from, err := endpoint.ParseCanonical("  open=443,22/ssh from=local,a\thosts=B.example.com baseline[::1]=")
	if err != nil {
		t.Fatal(err)
	}
	want := endpoint.Declaration{
		Hosts: list("B.example.com"), Open: list("443", "22/ssh"), Unfiltered: left, Filtered: left, Closed: left,
		Baseline: map[string]endpoint.List{"::1": {}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(list("local", "a"), from); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseCanonicalErrors(t *testing.T) {
	for text, word := range map[string]string{
		"10.0.3.7":                       "10.0.3.7",
		"hosts=a opne=22":                "opne=22",
		"hosts=a hosts=b":                "hosts=b",
		"hosts=":                         "hosts=",
		"from=local from=a":              "from=a",
		"baseline=22":                    "baseline=22",
		"baseline[a=22":                  "baseline[a=22",
		"baseline[a]=22 baseline[a]=443": "baseline[a]=443",
		"hosts = a":                      "hosts",
		"hosts=a from=,":                 "from=,",
	} {
		_, _, err := endpoint.ParseCanonical(text)
		if err == nil {
			t.Errorf("%q is read", text)
			continue
		}
		want := endpoint.Quote(word) + " in " + endpoint.Quote(text) + " is not understood. Expected words such as hosts=web.example.com"
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParseCanonical(f *testing.F) {
	for _, text := range []string{
		"hosts=web.example.com open=443", "baseline[::1]=22,53/udp from=a,b", "hosts=10.0.0.0/24 closed=1-65535 from=local", "hosts=a. open=,22", "baseline[]=", "=", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, from, err := endpoint.ParseCanonical(text)
		if err != nil {
			return
		}
		if _, problems := d.Resolve(); len(problems) > 0 {
			return
		}
		once := d.Canonical(placesIn(from))
		again, from, err := endpoint.ParseCanonical(once)
		if err != nil {
			t.Fatalf("%q gives %q, which gives %v", text, once, err)
		}
		if twice := again.Canonical(placesIn(from)); twice != once {
			t.Fatalf("%q gives %q, then %q", text, once, twice)
		}
		one, _ := d.Resolve()
		other, _ := again.Resolve()
		if one == nil != (other == nil) || one != nil && !one.Equal(other) {
			t.Fatalf("%q declares something else than %q", text, once)
		}
	})
}
