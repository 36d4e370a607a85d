package endpoint

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// MaxQuoted is how many characters of an input a message repeats: inputs come from
// files and other objects, and may be megabytes long.
const MaxQuoted = 60

// Quote quotes an input for a message. Of a long one it has the beginning and an
// ellipsis. A key is never quoted, in PEM or without its armour, wherever it was given:
// some private keys are shorter than the part that is quoted of other texts. The user
// name and password of a URL are never quoted either.
func Quote(s string) string {
	if label, ok := PEMLabel(s); ok {
		return fmt.Sprintf("text in PEM, which is not shown (its first block is %s)", label)
	}
	if isBareKey(s) {
		return "a key or a certificate in base64, which is not shown"
	}
	s = withoutCredentials(s)
	characters := 0
	for i := range s {
		if characters++; characters > MaxQuoted {
			return strconv.Quote(s[:i] + "…")
		}
	}
	return strconv.Quote(s)
}

// PEMLabel says which block of PEM (RFC 7468) text begins with: its label in quotes,
// or that it is damaged. ok is false if there is none.
func PEMLabel(text string) (label string, ok bool) {
	_, label, ok = strings.Cut(text, "-----BEGIN")
	label, _, ended := strings.Cut(label, "-----")
	label = strings.TrimPrefix(label, " ")
	if !ended || label == "" || len(label) > 40 || strings.Trim(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") != "" {
		return "damaged", ok
	}
	return strconv.Quote(label), ok
}

// isBareKey tells whether text may be what stands between the first and last line of a
// PEM block, or a part of a key of OpenSSH.
func isBareKey(text string) bool {
	const (
		openSSH  = "b3BlbnNzaC1rZXktdjE" // "openssh-key-v1", PROTOCOL.key of OpenSSH
		sequence = "M"                   // with which a DER SEQUENCE begins in base64
		shortest = 40                    // no key is as short
	)
	text = strings.Join(strings.Fields(text), "")
	if strings.HasPrefix(text, openSSH) {
		return true
	}
	if !strings.HasPrefix(text, sequence) || len(text) < shortest {
		return false
	}
	_, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	return err == nil
}

// withoutCredentials replaces what stands before the last "@", of a URL or with a colon
// in it, by an ellipsis.
func withoutCredentials(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	before := 0
	if i := strings.Index(s[:at], "://"); i >= 0 {
		before = i + len("://")
	} else if !strings.Contains(s[:at], ":") {
		return s
	}
	return s[:before] + "…" + s[at:]
}
