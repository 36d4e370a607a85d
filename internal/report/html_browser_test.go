package report_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// readMatrix returns the first matrix as it is to be seen: a line a row.
const readMatrix = `[...document.querySelector(".matrix").rows].filter(tr => tr.checkVisibility()).map(tr => [...tr.cells].map(c => c.textContent.trim()).join(" "))`

// shownRows returns the hosts of all rows that are to be seen.
const shownRows = `[...document.querySelectorAll("table[data-rows] tbody tr")].filter(tr => tr.checkVisibility()).map(tr => tr.cells[0].textContent.trim())`

// fill types into the filter.
func (b *browser) fill(host, port, state string) {
	b.tb.Helper()
	b.eval(fmt.Sprintf(`{ const e = document.forms[0].elements; e.host.value = %q; e.port.value = %q; e.state.value = %q;
		e.host.dispatchEvent(new Event("input", { bubbles: true })); }`, host, port, state), nil)
}

func TestHTMLInChromium(t *testing.T) {
	b := newBrowser(t)
	b.visitPage(report.HTML(pageChecks()))
	var matrix []string
	b.eval(readMatrix, &matrix)
	want := []string{
		"Host 22 80 443 8080 53/udp",
		"2001:db8::1   F!  ",
		"ns.example.com     OF!",
		"web-1.example.com  O O O ",
		"web-2.example.com  O C! C! ",
		"web-3.example.com O! O O O ",
		"web-4.example.com  F! O O ",
		"web-5.example.com  O U! O ",
		"web-6.example.com  O O O ",
	}
	if diff := cmp.Diff(want, matrix); diff != "" {
		t.Errorf("the matrix (-want +got)\n%s", diff)
	}
	var legend bool
	b.eval(`document.querySelector("table.legend").checkVisibility()`, &legend)
	if legend {
		t.Error("the legend is not folded")
	}
	for _, mode := range []string{"light", "dark", "print"} {
		b.media(mode)
		b.screenshot("report-"+mode, 1280, 2400)
		checkContrast(t, b, mode)
		b.eval(`document.querySelector("table.legend").checkVisibility()`, &legend)
		if legend != (mode == "print") { // paper cannot be unfolded
			t.Errorf("%s shows the legend: %v", mode, legend)
		}
	}
	for _, mode := range []string{"light", "dark"} {
		b.media(mode)
		b.screenshot("report-phone-"+mode, 390, 2400)
		checkContrast(t, b, mode)
	}
	checkNarrow(t, b)
	b.quiet()
}

// TestHTMLPhone shows hosts that fail alike, long names and places in a narrow
// window.
func TestHTMLPhone(t *testing.T) {
	alike := newCheck("fleet")
	for i := range 100 {
		for port := range 10 {
			alike.fails(fmt.Sprintf("tcp://node-%02d.eu-west-1.compute.internal.example.com:%d", i, 48000+2*port), "open", look.Filtered, look.NoResponse, verdict.HostDown)
		}
	}
	placed := newCheck("segments").fails("tcp://database-primary.eu-west-1.rds.internal.example.com:5432 from vpc-a", "open", look.Filtered, look.NoResponse, verdict.FilteredBySource).
		fails("tcp://database-primary.eu-west-1.rds.internal.example.com:5432 from vpc-b", "open", look.Filtered, look.NoResponse, verdict.FilteredBySource)
	placed.From = []string{"local", "vpc-a", "vpc-b"}
	placed.open(endpoint.TCP, "database-primary.eu-west-1.rds.internal.example.com", 5432)
	b := newBrowser(t)
	b.visitPage(report.HTML([]report.Check{alike.Check, placed.Check}))
	for _, mode := range []string{"light", "dark"} {
		b.media(mode)
		b.screenshot("report-fleet-"+mode, 1280, 1600)
		b.screenshot("report-fleet-phone-"+mode, 390, 1600)
		checkContrast(t, b, mode)
	}
	checkNarrow(t, b)
	var rows int
	b.eval(`document.querySelector("table.failures").tBodies[0].rows.length`, &rows)
	if rows != 1 {
		t.Errorf("hosts that fail alike have %d rows", rows)
	}
	b.quiet()
}

// checkNarrow holds the page, as narrow as it is now, to being readable: it does not
// scroll sideways, a table that is wider scrolls by itself, and no port breaks.
func checkNarrow(t *testing.T, b *browser) {
	t.Helper()
	var got struct {
		Wide    bool
		Cut     []string
		Broken  []string
		Covered []string
	}
	b.eval(`({
		wide: document.documentElement.scrollWidth > innerWidth,
		cut: [...document.querySelectorAll("table")].filter(t => t.checkVisibility() && t.getBoundingClientRect().right > innerWidth && getComputedStyle(t.parentElement).overflowX !== "auto").map(t => t.className),
		broken: [...document.querySelectorAll(".ports span, .matrix th, .failures td:not(.ports)")].filter(e => { const r = document.createRange(); r.selectNodeContents(e); return e.checkVisibility() && new Set([...r.getClientRects()].map(c => c.top)).size > 1; }).map(e => e.textContent),
		covered: [...document.querySelectorAll(".matrix th:first-child")].filter(e => getComputedStyle(e).position === "sticky" && e.getBoundingClientRect().width > innerWidth / 2).map(e => e.textContent),
	})`, &got)
	if got.Wide || len(got.Cut)+len(got.Broken)+len(got.Covered) > 0 {
		t.Errorf("in a narrow window: %+v", got)
	}
}

func TestHTMLFilterInChromium(t *testing.T) {
	b := newBrowser(t)
	b.visitPage(report.HTML(pageChecks()))
	tests := []struct {
		host, port, state string
		want              string // hosts of rows, without repeats
	}{
		{"WEB-3", "", "", "web-3.example.com"},
		{"", "22", "", "10.0.0.1 web-3.example.com"},
		{"", "53", "", "10.0.0.9 ns.example.com"},
		{"", "53/tcp", "", ""},
		{"", "53/udp, 5432", "", "10.0.0.10 10.0.0.9 ns.example.com"},
		{"", "8100-8300", "", "10.0.0.1"},
		{"", "", "c", "web-2.example.com"},
		{"", "", "q", "gone.example.com"},
		{"web", "", "x", "web-2.example.com web-3.example.com web-4.example.com web-5.example.com"},
		{"web", "80", "x", "web-4.example.com"},
		{"nothing", "", "", ""},
		{"", "nonsense", "", ""},
	}
	for _, tt := range tests {
		b.fill(tt.host, tt.port, tt.state)
		var got []string
		b.eval(shownRows, &got)
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, strings.Join(slices.Compact(got), " ")); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", tt, diff)
		}
	}
	b.fill("", "", "x")
	b.media("dark")
	b.screenshot("report-filtered", 1280, 1600)
	var before, after struct {
		Rows   int
		Output string
	}
	const state = `({ rows: ` + shownRows + `.length, output: document.querySelector("output").textContent })`
	b.eval(state, &before)
	b.eval(`document.querySelector("button").click(); new Promise(done => setTimeout(done))`, nil)
	b.eval(state, &after)
	if before.Rows >= after.Rows || after.Output != "" || !strings.HasPrefix(before.Output, fmt.Sprint(before.Rows)) {
		t.Errorf("%+v, and when all is shown again %+v", before, after)
	}
	var title string
	b.eval(`{ const td = document.querySelector(".matrix td.o:not(.x)"); td.dispatchEvent(new MouseEvent("mouseover", { bubbles: true })); td.title }`, &title)
	if title != "web-1.example.com 80 is open" {
		t.Errorf("the title is %q", title)
	}
	b.quiet()
}

// contrast returns where text does not have the contrast that WCAG 2 (AA) asks
// for, 4.5 to 1, and how much it has.
const contrast = `(() => {
	const parse = color => (color.match(/[\d.]+/g) || []).map(Number);
	const light = rgb => rgb.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const back = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
	const poor = new Set();
	for (const e of document.querySelectorAll("body *:not(script, option)")) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
		const [a, b] = [light(parse(getComputedStyle(e).color)), light(back(e))];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) poor.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
	}
	return [...poor];
})()`

func checkContrast(t *testing.T, b *browser, mode string) {
	t.Helper()
	var poor []string
	b.eval(contrast, &poor)
	for _, p := range poor {
		t.Errorf("%s: too little contrast: %s", mode, p)
	}
}

// TestHTMLHostileInChromium shows hostile names to a real browser.
func TestHTMLHostileInChromium(t *testing.T) {
	b := newBrowser(t)
	var checks []report.Check
	for _, s := range hostileHTML {
		checks = append(checks, hostileChecks(s)...)
	}
	b.visitPage(report.HTML(checks))
	b.fill(`<img src=x onerror=window.pwned=1>`, "", "")
	b.fill("", "", "")
	b.eval(`document.querySelectorAll(".matrix td, a").forEach(e => e.dispatchEvent(new MouseEvent("mouseover", { bubbles: true })))`, nil)
	// What must not happen has time to.
	b.eval(`document.querySelectorAll(".checks a").forEach(a => a.click()); new Promise(done => setTimeout(done, 200))`, nil)
	b.screenshot("report-hostile", 1280, 1600)
	b.quiet()
}

// TestHTMLServed opens the page from servers that forbid scripts, as CI systems
// do with artefacts: it can be read, and what cannot work is not there.
func TestHTMLServed(t *testing.T) {
	page := report.HTML(pageChecks())
	for name, policy := range map[string]string{
		// What Jenkins sends for artefacts, and a sandbox that has styles.
		"jenkins": "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self'",
		"sandbox": "sandbox",
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Security-Policy", policy)
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte(page))
			}))
			defer server.Close()
			b := newBrowser(t)
			b.visit(server.URL)
			var got struct {
				Filter bool
				Matrix int
				Text   string
			}
			b.eval(`({ filter: document.getElementById("filter").checkVisibility(), matrix: `+readMatrix+`.length, text: document.body.innerText })`, &got)
			if got.Filter || got.Matrix != 9 {
				t.Errorf("the filter is shown: %v; the matrix has %d rows", got.Filter, got.Matrix)
			}
			for _, want := range []string{"2 of 6 checks not as declared", "C!", "check on the host that the service runs"} {
				if !strings.Contains(got.Text, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			b.screenshot("report-"+name, 1280, 1600)
		})
	}
}

// TestChromiumSees is a page that does all that a report must not do.
func TestChromiumSees(t *testing.T) {
	b := newBrowser(t)
	b.visitPage(`<!DOCTYPE html><img src="http://127.0.0.1:9/x"><script>window.pwned = 1; console.error("here"); alert(1); throw new Error("x")</script>`)
	if len(b.requests) == 0 || len(b.console) < 2 || len(b.dialogs) == 0 {
		t.Errorf("unseen: requests %q, console %q, dialogs %q", b.requests, b.console, b.dialogs)
	}
}

// TestHTMLOfThousandHosts is an estate of 1,000 hosts and 20 ports. It logs how
// long it takes: 0.1 s to make, 0.6 s to show and 0.1 s to filter on two cores.
func TestHTMLOfThousandHosts(t *testing.T) {
	start := time.Now()
	page := report.HTML([]report.Check{estate(1000)})
	made := time.Since(start)
	b := newBrowser(t)
	b.call("Emulation.setDeviceMetricsOverride", object{"width": 1280, "height": 1600, "deviceScaleFactor": 1, "mobile": false}, nil)
	loaded := b.visitPage(page)
	var cells int
	b.eval(`document.querySelectorAll(".matrix td").length`, &cells)
	start = time.Now()
	b.fill("node-07", "8005", "x")
	var rows []string
	b.eval(shownRows, &rows)
	filtered := time.Since(start)
	t.Logf("%d bytes, made in %v, shown in %v, first filtered in %v to %d rows", len(page), made, loaded, filtered, len(rows))
	if cells != 20_000 || len(rows) != 11 { // ten in the matrix; among the failures they are one
		t.Errorf("%d cells, %d rows left", cells, len(rows))
	}
	if len(page) > 1<<20 {
		t.Errorf("%d bytes", len(page))
	}
	b.fill("", "", "")
	b.screenshot("report-thousand", 1280, 1600)
	b.quiet()
}
