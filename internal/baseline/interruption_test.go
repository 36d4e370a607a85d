package baseline_test

import (
	"context"
	"errors"
	"testing"
)

// endsLater is a context that ends when it has been asked for a while.
type endsLater struct {
	context.Context
	asked *int
}

func (c endsLater) Err() error {
	if *c.asked++; *c.asked > 10 {
		return context.Canceled
	}
	return nil
}

// TestInterrupted: each parser ends in the middle of a file when its context ends, and
// says so.
func TestInterrupted(t *testing.T) {
	for _, file := range largeFiles {
		t.Run(file.name, func(t *testing.T) {
			asked := 0
			_, err := file.parse(endsLater{t.Context(), &asked}, file.make(5_000_000))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v, asked %d times", err, asked)
			}
		})
	}
}
