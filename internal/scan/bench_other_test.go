//go:build !linux

package scan

import "github.com/portcheck/terraform-provider-portcheck/internal/porttest"

func bareLoops() []porttest.Peer { return nil }
