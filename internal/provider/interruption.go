package provider

import (
	"context"
	"os"
	"sync"
)

// interruption tells the calls of a server that the user has interrupted the CLI.
//
// It remembers. The framework's own server cancels the calls that are under way,
// but serves a call that comes a moment later, as when there are more checks than
// the CLI runs at once.
//
// It also listens to the terminal, whose Ctrl-C reaches this process too. The CLIs
// pass an interruption on while they plan and while they apply. But Terraform
// before 1.16 and OpenTofu do not while apply or destroy plans, and there all
// refreshes run.
type interruption struct {
	signals   <-chan os.Signal // of the terminal; nil: none
	stopCalls func()           // cancels the calls under way
	serving   context.Context  // ends when the server is closed
	close     context.CancelFunc
	watching  sync.WaitGroup

	mu      sync.Mutex
	stopped context.Context // ends with the interruption
	stop    context.CancelFunc
	watched context.Context // stopped, if a signal would end it
	given   bool            // to a configuration
}

func newInterruption(signals <-chan os.Signal, stopCalls func()) *interruption {
	i := &interruption{signals: signals, stopCalls: stopCalls}
	i.serving, i.close = context.WithCancel(context.Background())
	i.stopped, i.stop = context.WithCancel(i.serving)
	return i
}

// configured returns the context of the calls that a new configuration is for.
//
// A process that a CLI has started serves one configuration, and an interruption
// that came before it counts too. A process under -debug outlives commands of the
// CLI: there the next configuration does not know of an interruption before it.
func (i *interruption) configured() context.Context {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case !i.given:
		i.given = true
	case i.stopped.Err() == nil:
		return i.stopped // another configuration of the same command
	default:
		i.stopped, i.stop = context.WithCancel(i.serving)
	}
	i.watch()
	return i.stopped
}

// listen is for a call that needs no configuration, such as that of a function: the
// terminal is heard from now on.
func (i *interruption) listen() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.watch()
}

// watch waits for a signal, unless it does so already. i.mu is held.
func (i *interruption) watch() {
	stopped := i.stopped
	if i.signals == nil || i.watched == stopped || stopped.Err() != nil {
		return
	}
	i.watched = stopped
	i.watching.Go(func() {
		select {
		case <-i.signals:
			i.interrupt()
		case <-stopped.Done():
		}
	})
}

// interrupt ends the calls under way, and those to come until the next
// configuration.
func (i *interruption) interrupt() {
	i.mu.Lock()
	i.stop()
	i.mu.Unlock()
	i.stopCalls()
}

// end ends the calls for good.
func (i *interruption) end() {
	i.close()
	i.watching.Wait()
}
