package prometheus

import (
	"os"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestMain(m *testing.M) { os.Exit(porttest.Main(m)) }
