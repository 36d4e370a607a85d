//go:build !linux

package probe

import (
	"context"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Kept is empty: only Linux tells without privileges what this machine does to its
// own packets.
func (Prober) Kept(context.Context, look.Target, bool, time.Duration) (fault look.Reason, unsure bool) {
	return "", false
}
