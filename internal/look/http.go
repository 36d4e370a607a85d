package look

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// HTTP says what to ask an HTTP service. The zero HTTP is the default.
type HTTP struct {
	Method string        // one of HTTPMethods; empty: GET
	Path   string        // with a query, if any; empty: "/"
	Host   string        // what goes into the Host header; empty: the host as declared, and the port if it is unusual
	Status []StatusRange // what passes; empty: everything below 500
}

// StatusRange is the status codes First to Last, both included.
type StatusRange struct{ First, Last int }

// HTTPMethods are the methods that may be asked with: those that are safe (RFC
// 9110 section 9.2.1), the default first.
func HTTPMethods() []string { return []string{"GET", "HEAD", "OPTIONS"} }

// httpOption is one key of what ParseHTTP reads. set tells whether it could.
type httpOption struct {
	name, expected string
	set            func(h *HTTP, text string) bool
}

// httpOptions is the one list of them.
var httpOptions = []httpOption{
	{"path", `a path with a query, if any, such as "/healthz"`, func(h *HTTP, text string) bool {
		h.Path = text
		u, err := url.ParseRequestURI(text)
		return err == nil && strings.HasPrefix(text, "/") && u.Fragment == "" && !strings.ContainsAny(text, "# ")
	}},
	{"method", "one of " + strings.Join(HTTPMethods(), ", "), func(h *HTTP, text string) bool {
		h.Method = text
		return slices.Contains(HTTPMethods(), text)
	}},
	{"status", `status codes from 100 to 599, such as "200", "200-299" or "200-299,401"`, func(h *HTTP, text string) (ok bool) {
		h.Status, ok = parseStatus(text)
		return ok
	}},
	{"host", `what a Host header has, such as "www.example.com" or "www.example.com:8080"`, func(h *HTTP, text string) bool {
		h.Host = text
		u, err := url.Parse("http://" + text)
		return err == nil && text != "" && u.Host == text
	}},
}

// HTTPOptions are the names of what ParseHTTP reads.
var HTTPOptions = func() []string {
	var names []string
	for _, option := range httpOptions {
		names = append(names, option.name)
	}
	return names
}()

// ParseHTTP reads what an HTTP service is to be asked. The keys are some of
// HTTPOptions, or none. The error quotes the input and says what was expected.
func ParseHTTP(options map[string]string) (HTTP, error) {
	var h HTTP
	for _, name := range slices.Sorted(maps.Keys(options)) {
		i := slices.IndexFunc(httpOptions, func(o httpOption) bool { return o.name == name })
		if i < 0 {
			return HTTP{}, fmt.Errorf("%q is not an option of HTTP. Expected %s", name, strings.Join(HTTPOptions, ", "))
		}
		if !httpOptions[i].set(&h, options[name]) {
			return HTTP{}, fmt.Errorf("%s is %q. Expected %s", name, options[name], httpOptions[i].expected)
		}
	}
	return h, nil
}

// parseStatus reads status codes and ranges of them with commas between them.
func parseStatus(text string) ([]StatusRange, bool) {
	var ranges []StatusRange
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err != nil || err2 != nil || from < 100 || to > 599 || from > to {
			return nil, false
		}
		ranges = append(ranges, StatusRange{First: from, Last: to})
	}
	return ranges, true
}
