package provider

import (
	"sync"
	"sync/atomic"
)

// phase tells plan from apply. The protocol does not: both call
// PlanResourceChange, and neither says which of them it is (measured on
// Terraform 1.8 to 1.15 and OpenTofu 1.10 and 1.12; 1.16 sends planned_private
// at apply, which the plugin framework does not pass on).
//
// But when a CLI plans, it refreshes a check and then plans it in the same
// process of the provider. At apply, in another process, it plans a second time
// the checks that it is about to change, with all values known and without a
// refresh. So a process that has refreshed a check is planning. A process that
// has not is applying, or planning with -refresh=false: these two cannot be
// told apart.
type phase struct{ refreshed atomic.Bool }

// refresh notes that a check was refreshed.
func (p *phase) refresh() { p.refreshed.Store(true) }

// planning tells whether this is surely plan, not apply.
func (p *phase) planning() bool { return p.refreshed.Load() }

// warned has the outcomes, in the words of outcome.text, that refreshes in this
// process have warned of. An error of the same plan need not say it all again.
type warned struct{ outcomes sync.Map }

func (w *warned) add(o outcome) { w.outcomes.Store(o.text(), true) }

func (w *warned) has(o outcome) bool {
	_, ok := w.outcomes.Load(o.text())
	return ok
}
