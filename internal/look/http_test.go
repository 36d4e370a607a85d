package look_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

func TestParseHTTP(t *testing.T) {
	got, err := look.ParseHTTP(map[string]string{
		"path":   "/healthz?deep=1",
		"method": "HEAD",
		"status": "200-299, 401",
		"host":   "www.example.com:8080",
	})
	want := look.HTTP{
		Path:   "/healthz?deep=1",
		Method: "HEAD",
		Host:   "www.example.com:8080",
		Status: []look.StatusRange{{First: 200, Last: 299}, {First: 401, Last: 401}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	const (
		path   = `. Expected a path with a query, if any, such as "/healthz"`
		status = `. Expected status codes from 100 to 599, such as "200", "200-299" or "200-299,401"`
		host   = `. Expected what a Host header has, such as "www.example.com" or "www.example.com:8080"`
	)
	tests := []struct{ key, text, want string }{
		{"path", "healthz", `path is "healthz"` + path},
		{"path", "", `path is ""` + path},
		{"path", "http://elsewhere/", `path is "http://elsewhere/"` + path},
		{"path", "/a#b", `path is "/a#b"` + path},
		{"path", "/a b", `path is "/a b"` + path},
		{"path", "/a\r\nX: y", `path is "/a\r\nX: y"` + path},
		{"method", "POST", `method is "POST". Expected one of GET, HEAD, OPTIONS`},
		{"method", "get", `method is "get". Expected one of GET, HEAD, OPTIONS`},
		{"status", "", `status is ""` + status},
		{"status", "2xx", `status is "2xx"` + status},
		{"status", "99", `status is "99"` + status},
		{"status", "200-600", `status is "200-600"` + status},
		{"status", "299-200", `status is "299-200"` + status},
		{"host", "", `host is ""` + host},
		{"host", "a/b", `host is "a/b"` + host},
		{"host", "a b", `host is "a b"` + host},
		{"host", "user@a", `host is "user@a"` + host},
		{"host", "a\r\nX: y", `host is "a\r\nX: y"` + host},
		{"Path", "/", `"Path" is not an option of HTTP. Expected path, method, status, host`},
	}
	for _, tt := range tests {
		if _, err := look.ParseHTTP(map[string]string{tt.key: tt.text}); err == nil || err.Error() != tt.want {
			t.Errorf("%s = %q: %v, want %s", tt.key, tt.text, err, tt.want)
		}
	}
}
