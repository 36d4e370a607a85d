package provider

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TestListen: a call without a configuration hears the terminal too, and the
// configuration that follows knows.
func TestListen(t *testing.T) {
	signals := make(chan os.Signal, 1)
	calls := make(chan bool, 1)
	i := newInterruption(signals, func() { calls <- true })
	defer i.end()
	i.listen()
	i.listen()
	signals <- os.Interrupt
	<-calls
	if i.configured().Err() == nil {
		t.Error("the configuration does not know of the interruption")
	}
}

// TestFunctionInterrupted: an interrupted function says that it was.
func TestFunctionInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text := &tfprotov6.DynamicValue{MsgPack: packText(strings.Replace(nmapXML, "<host>", "<!--"+strings.Repeat(" ", 1<<17)+"--><host>", 1))}
	resp, err := NewServer("test", nil)().CallFunction(ctx, &tfprotov6.CallFunctionRequest{Name: "nmap_parse", Arguments: []*tfprotov6.DynamicValue{text}})
	const want = "The file was not read to its end, because the CLI was interrupted."
	if err != nil || resp.Error == nil || resp.Error.Text != want {
		t.Errorf("%v, %+v", err, resp)
	}
}
