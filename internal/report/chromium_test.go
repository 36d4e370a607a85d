package report_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// browser is a page in a headless Chromium, driven over the DevTools protocol
// by a pair of pipes: that needs no further module, and unlike a script in the
// page it works where the page forbids scripts.
type browser struct {
	tb       testing.TB
	commands *os.File
	messages chan message
	session  string
	last     int
	// What the page did: requests other than for itself, all that reached the
	// console, and dialogs.
	requests, console, dialogs []string
}

type message struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

type object = map[string]any

// newBrowser starts Chromium for the rest of the test.
func newBrowser(tb testing.TB) *browser {
	tb.Helper()
	path := porttest.Program(tb, "chromium")
	args := []string{
		"--headless", "--remote-debugging-pipe", "--user-data-dir=" + filepath.Join(tb.TempDir(), "profile"), "--no-first-run", "--disable-gpu",
		"--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox")
	}
	theirCommands, commands, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	answers, theirAnswers, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.ExtraFiles = []*os.File{theirCommands, theirAnswers} // 3 and 4
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	theirCommands.Close()
	theirAnswers.Close()
	b := &browser{tb: tb, commands: commands, messages: make(chan message, 10_000)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.read(answers)
	}()
	tb.Cleanup(func() {
		b.close(cmd)
		<-ended
		answers.Close()
	})
	b.open()
	return b
}

// read passes on what the browser says until it ends.
func (b *browser) read(answers *os.File) {
	defer close(b.messages)
	for in := bufio.NewReader(answers); ; {
		text, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) == nil {
			b.messages <- m
		}
	}
}

// close ends the browser, with its children: those write into the profile.
func (b *browser) close(cmd *exec.Cmd) {
	fmt.Fprint(b.commands, `{"id":1000000,"method":"Browser.close"}`+"\x00")
	go func() {
		for range b.messages { // so that read comes to its end
		}
	}()
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }) // its children would write on
	_ = cmd.Wait()
	timer.Stop()
	b.commands.Close()
}

func (b *browser) open() {
	b.tb.Helper()
	var created struct{ TargetID string }
	b.call("Target.createTarget", object{"url": "about:blank"}, &created)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", object{"targetId": created.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", object{}, nil)
	}
}

// call sends one command and waits for its answer.
func (b *browser) call(method string, params object, result any) {
	b.tb.Helper()
	b.last++
	command := object{"id": b.last, "method": method, "params": params}
	if b.session != "" {
		command["sessionId"] = b.session
	}
	text, err := json.Marshal(command)
	if err != nil {
		b.tb.Fatal(err)
	}
	if _, err := b.commands.Write(append(text, 0)); err != nil {
		b.tb.Fatal(err)
	}
	m := b.await(method, func(m message) bool { return m.ID == b.last })
	if m.Error != nil {
		b.tb.Fatalf("%s: %s", method, m.Error.Message)
	}
	if result != nil {
		if err := json.Unmarshal(m.Result, result); err != nil {
			b.tb.Fatal(err)
		}
	}
}

// await takes in messages up to the one that is meant.
func (b *browser) await(what string, meant func(message) bool) message {
	b.tb.Helper()
	timeout := time.After(60 * time.Second)
	for {
		select {
		case m, ok := <-b.messages:
			if !ok {
				b.tb.Fatalf("chromium ended before %s", what)
			}
			b.note(m)
			if meant(m) {
				return m
			}
		case <-timeout:
			b.tb.Fatalf("chromium: no %s in a minute", what)
		}
	}
}

// note keeps what a page ought not to do.
func (b *browser) note(m message) {
	switch m.Method {
	case "Network.requestWillBeSent":
		var p struct {
			Type    string
			Request struct{ URL string }
		}
		_ = json.Unmarshal(m.Params, &p)
		if p.Type != "Document" || !strings.HasPrefix(p.Request.URL, "file:") && !strings.HasPrefix(p.Request.URL, "http://127.0.0.1:") {
			b.requests = append(b.requests, p.Request.URL)
		}
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		b.console = append(b.console, string(m.Params))
	case "Page.javascriptDialogOpening":
		b.dialogs = append(b.dialogs, string(m.Params))
		// Without an answer the page would stand still.
		fmt.Fprintf(b.commands, `{"id":0,"method":"Page.handleJavaScriptDialog","params":{"accept":true},"sessionId":%q}`+"\x00", b.session)
	}
}

// visit opens a page and waits until it is loaded.
func (b *browser) visit(url string) time.Duration {
	b.tb.Helper()
	start := time.Now()
	b.call("Page.navigate", object{"url": url}, nil)
	b.await("load", func(m message) bool { return m.Method == "Page.loadEventFired" })
	return time.Since(start)
}

// visitPage opens a page from disk.
func (b *browser) visitPage(page string) time.Duration {
	b.tb.Helper()
	file := filepath.Join(b.tb.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		b.tb.Fatal(err)
	}
	return b.visit("file://" + file)
}

// eval runs JavaScript in the page, from outside of its policy.
func (b *browser) eval(script string, result any) {
	b.tb.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", object{"expression": script, "returnByValue": true, "awaitPromise": true}, &got)
	if got.ExceptionDetails != nil {
		b.tb.Fatalf("%s: %s", script, got.ExceptionDetails)
	}
	if result != nil {
		if err := json.Unmarshal(got.Result.Value, result); err != nil {
			b.tb.Fatalf("%s: %v in %s", script, err, got.Result.Value)
		}
	}
}

// media is light, dark or print.
func (b *browser) media(media string) {
	b.tb.Helper()
	typ, scheme := "", media
	if media == "print" {
		typ, scheme = "print", "dark" // those who read at night print, too
	}
	b.call("Emulation.setEmulatedMedia", object{"media": typ, "features": []object{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// screenshot writes what a window of that width shows into the directory that
// PORTCHECK_SCREENSHOTS names, which CI keeps.
func (b *browser) screenshot(name string, width, height int) {
	b.tb.Helper()
	b.call("Emulation.setDeviceMetricsOverride", object{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", object{"format": "png"}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.tb.Fatal(err)
	}
	if header := "\x89PNG"; !strings.HasPrefix(string(png), header) || len(png) < 5_000 {
		b.tb.Errorf("%s is no picture of a report: %s bytes", name, strconv.Itoa(len(png)))
	}
	dir := os.Getenv("PORTCHECK_SCREENSHOTS")
	if dir == "" {
		dir = b.tb.TempDir()
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		b.tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		b.tb.Fatal(err)
	}
}

// quiet fails the test if the page did what it ought not to.
func (b *browser) quiet() {
	b.tb.Helper()
	var pwned bool
	b.eval("'pwned' in window", &pwned)
	if pwned {
		b.tb.Error("the page ran what it shows")
	}
	for _, r := range b.requests {
		b.tb.Errorf("the page asked for %s", r)
	}
	for _, c := range append(b.console, b.dialogs...) {
		b.tb.Errorf("the page said %s", c)
	}
}
