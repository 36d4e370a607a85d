//go:build !linux

package porttest

const roleEnv = "PORTTEST_ROLE"

func play(string) int { return 1 }
