package porttest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// commandTimeout bounds every ip and nft command. They take milliseconds; a
// minute means that something hangs, whatever the load of the machine.
const commandTimeout = time.Minute

// command is a call of ip or nft that reads a script from its standard input.
type command struct {
	name  string
	args  []string
	files []*os.File           // the command has them as descriptors 3, 4, …
	attr  *syscall.SysProcAttr // nil: nothing special
}

func ip(files ...*os.File) command {
	return command{name: "ip", args: []string{"-batch", "-"}, files: files}
}

func nft() command { return command{name: "nft", args: []string{"-f", "-"}} }

// run runs the command; its error repeats the output of the command.
func (c command) run(script string) error {
	path, err := Find(c.name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, c.args...)
	cmd.Stdin = strings.NewReader(script)
	cmd.ExtraFiles, cmd.SysProcAttr = c.files, c.attr
	output, err := cmd.CombinedOutput()
	if err != nil {
		said := strings.TrimSpace(string(output))
		return fmt.Errorf("%s: %w", strings.TrimSuffix(c.name+": "+said, ": "), err)
	}
	return nil
}
