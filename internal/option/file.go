package option

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// maxFile is how many octets a file has at most that an argument names: the
// authorities of all systems together are less than one MiB.
const maxFile = 16 << 20

// readFile reads a file that an argument names, until ctx ends. It must be a regular
// file, or a link to one: a device has no end, and a named pipe may wait for ever. The
// error begins with a verb, and has the name of the file.
func readFile(ctx context.Context, name string) ([]byte, error) {
	text, err := readRegular(ctx, name)
	if wrong, ok := errors.AsType[*fs.PathError](err); ok {
		err = wrong.Err // the name is said already
	}
	if err != nil {
		return nil, fmt.Errorf("is %s, which cannot be read: %w", endpoint.Quote(name), err)
	}
	return text, nil
}

func readRegular(ctx context.Context, name string) ([]byte, error) {
	// To open a device may do something already. What is there may be another file when
	// it is open, which then must not wait for anybody to write.
	if err := regular(os.Stat(name)); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the user names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	if err := regular(file.Stat()); err != nil {
		return nil, err
	}
	return readAll(ctx, file)
}

func readAll(ctx context.Context, file *os.File) ([]byte, error) {
	defer context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Unix(1, 0)) })() // of files that can wait
	var text bytes.Buffer
	for {
		const piece = 1 << 20 // between two of them ctx is heard
		n, err := io.CopyN(&text, file, piece)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case text.Len() > maxFile:
			return nil, fmt.Errorf("it has more than %d MiB", maxFile>>20)
		case err == io.EOF || err == nil && n == 0: //nolint:errorlint // as io.CopyN has it
			return text.Bytes(), nil
		case err != nil:
			return nil, err
		}
	}
}

// regular refuses what is no regular file, and what cannot be found out about, for err.
func regular(info fs.FileInfo, err error) error {
	if err != nil {
		return err
	}
	what := "no regular file"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		what = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	}
	return fmt.Errorf("it is %s", what)
}
