package blackbox

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-logfmt/logfmt"
)

// answer is what the exporter told of one probe.
type answer struct {
	success  bool
	took     time.Duration // the probe; 0 if it is not told
	held     time.Duration // the time-out that held; 0 if it is not told
	status   int           // of HTTP, the last one after redirects; 0: none came
	expiry   time.Time     // of the certificate that expires first; zero if there is none
	redirect bool          // HTTP redirects were followed
	// connected: an HTTP request had its connection, with TLS if that was asked
	// for. timed: the log tells whether TLS began, and tlsBegan that it did.
	connected, timed, tlsBegan bool
	mismatched                 bool   // an answer was not as the module wants it
	address                    string // where the name resolved to, if the log tells

	entries []entry // of the log, those with a message that is known
	read    bool    // the log has what the service sent
	other   string  // the last message that is not known
	logged  bool    // there is a log
}

// entry is one message of the log.
type entry struct {
	kind kind
	msg  string
	err  string // why; empty if the message says all
}

// The headings of the sections (DebugOutput in the exporter's prober/handler.go).
// No logged text can look like one: all formats quote the ends of lines.
const (
	headLog     = "Logs for the probe:\n"
	headMetrics = "\nMetrics that would have been returned:\n"
	headModule  = "\nModule configuration:\n"
)

var errNoAnswer = errors.New("not an answer of blackbox_exporter")

// parse reads what /probe answers with debug=true. The error is that it is
// something else.
func parse(body string) (answer, error) {
	var a answer
	rest, ok := strings.CutPrefix(body, headLog)
	log, rest, ok2 := strings.Cut(rest, headMetrics)
	metrics, config, _ := strings.Cut(rest, headModule)
	if !ok || !ok2 || !a.readMetrics(metrics) {
		return answer{}, errNoAnswer
	}
	for line := range strings.Lines(log) {
		if line = strings.TrimSpace(line); line != "" {
			a.logged = true
			a.readEntry(fields(line))
		}
	}
	if a.held == 0 {
		a.held = ownTimeout(config)
	}
	return a, nil
}

// readMetrics reads the metrics that matter (Prometheus' text format: name,
// labels, value). It is false if they do not tell whether the probe succeeded.
func (a *answer) readMetrics(text string) (told bool) {
	for line := range strings.Lines(text) {
		name, number := metric(line)
		switch name {
		case "probe_success":
			a.success, told = number == 1, true
		case "probe_duration_seconds":
			a.took = seconds(number)
		case "probe_http_status_code":
			a.status = int(min(max(number, 0), 999))
		case "probe_http_redirects":
			a.redirect = number > 0
		case `probe_http_duration_seconds{phase="connect"}`:
			a.connected = number > 0
		case "probe_failed_due_to_regex":
			a.mismatched = number > 0
		case "probe_ssl_earliest_cert_expiry":
			a.expiry = time.Unix(int64(min(max(number, 0), 1<<40)), 0)
		}
	}
	return told
}

// metric reads one line; without a number in it there is no name.
func metric(line string) (name string, number float64) {
	name, value, _ := cutLast(strings.TrimSpace(line), " ")
	number, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(number) {
		return "", 0
	}
	return name, number
}

// readEntry takes in one line of the log. Whatever its level is, it may be what
// matters: the versions disagree.
func (a *answer) readEntry(line map[string]string) {
	msg := line["msg"]
	if kind, known := kinds[msg]; known {
		a.entries = append(a.entries, entry{kind, msg, line["err"]})
		return
	}
	switch msg {
	case "Beginning probe":
		if s, err := strconv.ParseFloat(line["timeout_seconds"], 64); err == nil {
			a.held = seconds(s)
		}
	case "Resolved target address":
		a.address = line["ip"]
	case "Read line", "Read bytes":
		a.read = true
	case "Response timings for roundtrip":
		a.timed = true
		a.tlsBegan = a.tlsBegan || line["tlsStart"] != "" && !strings.HasPrefix(line["tlsStart"], "0001-")
	case "Probe failed", "": // says nothing
	default:
		a.other = msg
	}
}

// fields reads one line of a log: JSON (0.28 with --log.format=json), or logfmt
// (0.23 to 0.25) or slog's text (from 0.26 on), which logfmt can read. A key that is
// there twice, as target is in messages about resolving, has its last value.
func fields(line string) map[string]string {
	all := map[string]string{}
	if strings.HasPrefix(line, "{") {
		var object map[string]any
		if json.Unmarshal([]byte(line), &object) != nil {
			return nil
		}
		for key, value := range object {
			switch value := value.(type) {
			case string:
				all[key] = value
			case float64:
				all[key] = strconv.FormatFloat(value, 'g', -1, 64)
			}
		}
		return all
	}
	decoder := logfmt.NewDecoderSize(strings.NewReader(line), len(line)+1)
	for decoder.ScanRecord() {
		for decoder.ScanKeyval() {
			all[string(decoder.Key())] = string(decoder.Value())
		}
	}
	if decoder.Err() != nil {
		return nil
	}
	return all
}

// ownTimeout reads the module's own time-out from its configuration, 0 if it has
// none.
func ownTimeout(config string) time.Duration {
	for line := range strings.Lines(config) {
		if text, ok := strings.CutPrefix(line, "timeout: "); ok {
			own, err := time.ParseDuration(strings.TrimSpace(text))
			if err != nil || own < 0 {
				return 0
			}
			return own
		}
	}
	return 0
}

// seconds makes a duration of a number that may be anything.
func seconds(number float64) time.Duration {
	if !(number > 0) || number > 1e6 {
		return 0
	}
	return time.Duration(number * float64(time.Second))
}

// cutLast cuts text at the last sep.
func cutLast(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}
