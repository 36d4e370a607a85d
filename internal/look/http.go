package look

import "regexp"

// HTTP says what to ask an HTTP service, and what it must answer. The zero HTTP is
// the default.
type HTTP struct {
	Method  string        // one of HTTPMethods; empty: GET
	Path    string        // with a query, if any; empty: "/"
	Host    string        // what goes into the Host header; empty: the host as declared, and the port if it is unusual
	Headers []HTTPHeader  // of the request, besides those that it always has
	Status  []StatusRange // what passes; empty: everything below 500

	Contains string         // what the body must have in it; empty: anything
	Matches  *regexp.Regexp // what the body must match somewhere; nil: anything
	Header   *HTTPHeader    // what the answer must have; its value must have Value in it. Nil: anything
}

// HTTPHeader is a header of a request or an answer.
type HTTPHeader struct{ Name, Value string }

// ExpectsBody tells whether h has expectations of the body.
func (h HTTP) ExpectsBody() bool { return h.Contains != "" || h.Matches != nil }

// StatusRange is the status codes First to Last, both included.
type StatusRange struct{ First, Last int }

// HTTPMethods are the methods that may be asked with: those that are safe (RFC
// 9110 section 9.2.1), the default first.
func HTTPMethods() []string { return []string{"GET", "HEAD", "OPTIONS"} }
