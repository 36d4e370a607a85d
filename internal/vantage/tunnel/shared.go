package tunnel

import (
	"context"
	"sync"
)

// shared is what several users hold at once. The first one starts it, and the last
// one to release it ends it. The zero shared is ready to use.
type shared[T any] struct {
	busy  chan struct{} // see lock
	once  sync.Once
	users int
	value T
	end   func()
}

// lock is a mutex that honours ctx.
func (s *shared[T]) lock(ctx context.Context) error {
	s.once.Do(func() { s.busy = make(chan struct{}, 1) })
	select {
	case s.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *shared[T]) unlock() { <-s.busy }

// hold returns the value, which start makes if nobody holds it. release must be
// called once; the last call waits until the value has ended.
func (s *shared[T]) hold(ctx context.Context, start func(context.Context) (T, func(), error)) (value T, release func(), err error) {
	if err := s.lock(ctx); err != nil {
		return value, nil, err
	}
	defer s.unlock()
	if s.users == 0 {
		if s.value, s.end, err = start(ctx); err != nil {
			return value, nil, err
		}
	}
	s.users++
	return s.value, s.release, nil
}

func (s *shared[T]) release() {
	_ = s.lock(context.Background()) // which never ends
	defer s.unlock()
	s.users--
	if s.users == 0 {
		s.end()
	}
}
