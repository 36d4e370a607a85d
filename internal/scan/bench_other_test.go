//go:build !linux

package scan

func bareLoops() []peer { return nil }
