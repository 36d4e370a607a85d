// Package prometheus reads from a Prometheus which endpoints it has probed, by a
// blackbox_exporter or what serves the same: the targets of its HTTP API,
//
//	GET /api/v1/targets?state=active
//
// A target that is probed has the address in its scrape URL, as
// http://exporter:9115/probe?module=http_2xx&target=https://example.com.
//
// https://prometheus.io/docs/prometheus/latest/querying/api/#targets
package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
	"github.com/portcheck/terraform-provider-portcheck/internal/vantage/blackbox"
)

const (
	// maxAnswer is how many octets of an answer are read: a target has about two
	// thousand, more with many labels.
	maxAnswer = 64 << 20
	// askTry is how long one try to read the targets may take.
	askTry = 15 * time.Second

	targetsPath = "/api/v1/targets"
)

// Config is where a Prometheus is and how to ask it, as in [httpapi.Config].
type Config struct {
	Argument string // names URL in errors: "prometheus_url"
	URL      string

	BearerToken                        string
	Username, Password                 string
	Headers                            map[string]string
	CAPEM, ClientCertPEM, ClientKeyPEM string

	// Guard has the operator\'s rules of where the server may be.
	Guard guard.Policy
}

// Server is a Prometheus.
type Server struct{ api *httpapi.Server }

// New checks a configuration. Nothing is sent. The error names the argument that is
// wrong, and has no credential in it.
func New(c Config) (*Server, error) {
	api, err := httpapi.New(httpapi.Config{
		What: "Prometheus", Argument: c.Argument, URL: c.URL, Example: "https://prometheus.example.com:9090",
		BearerToken: c.BearerToken, Username: c.Username, Password: c.Password, Headers: c.Headers,
		CAPEM: c.CAPEM, ClientCertPEM: c.ClientCertPEM, ClientKeyPEM: c.ClientKeyPEM,
		MaxAnswer: maxAnswer, Idle: 1, Guard: c.Guard,
	})
	if err != nil {
		return nil, err
	}
	return &Server{api}, nil
}

// Targets returns the active targets that are probed, in the order of the server. The
// error says what to do about it, and has no credential in it.
func (s *Server) Targets(ctx context.Context) ([]Target, error) {
	line := s.api.Open()
	defer line.Close()
	at := s.api.Below(targetsPath)
	at.RawQuery = "state=active"
	answer, err := line.Get(ctx, at, s.api.Header.Clone(), askTry, 0)
	if err != nil {
		return nil, s.api.Unreachable(ctx, err, askTry)
	}
	if answer.Code != http.StatusOK {
		return nil, s.api.Refused(at.Path, answer)
	}
	targets, err := parseTargets(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: GET %s: %w. Check that it is the URL of a Prometheus", s.api, at.Path, err)
	}
	return targets, nil
}

// parseTargets reads the targets that are probed.
func parseTargets(text []byte) (targets []Target, err error) {
	var answer struct {
		Status string
		Data   *struct {
			ActiveTargets []struct {
				Labels    map[string]string
				ScrapeURL string
			}
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("the answer is not that of its API")
	}
	if answer.Status != "success" || answer.Data == nil {
		return nil, fmt.Errorf("the answer has no targets")
	}
	for _, active := range answer.Data.ActiveTargets {
		at, err := url.Parse(active.ScrapeURL)
		if err != nil || at.Query().Get("target") == "" {
			continue // it is scraped for its own metrics
		}
		module := at.Query().Get("module")
		if module == "" {
			module = blackbox.DefaultModule
		}
		targets = append(targets, Target{
			Job:     active.Labels["job"],
			Module:  module,
			Address: at.Query().Get("target"),
			usual:   path.Base(at.Path) == "probe",
		})
	}
	return targets, nil
}
