package blackbox

import (
	"fmt"
	"io"
	"log"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestMain(m *testing.M) {
	code := porttest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// quiet is for servers whose clients are meant to fail.
var quiet = log.New(io.Discard, "", 0)
