//go:build !linux

package porttest

import "errors"

// relay stands for the impaired line, which no other system has.
type relay struct{}

func startRelay(*netns, Impairment) (*relay, error) { return nil, errors.New("a relay: not Linux") }

func (r *relay) set(Impairment) {}

func (r *relay) close() error { return nil }
