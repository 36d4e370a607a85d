//go:build !linux

package probe

import (
	"context"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Deaf is false: only Linux tells without privileges whether this machine drops what
// comes back.
func (Prober) Deaf(context.Context, look.Target, time.Duration) bool { return false }
