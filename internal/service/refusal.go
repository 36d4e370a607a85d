package service

import (
	"bytes"
	"slices"
)

// What a service says in place of serving is about itself, or about this client.
// A service that cannot serve says so of itself: unavailable. A service that turns
// this machine away, or wants it to log in, speaks: it serves others. Each protocol
// has its own codes or words for the first, in a table in its file.

// turnsAway are words, in lower case, of a text that is about the client. Greetings of
// SMTP, FTP, IMAP and POP3 often have no better sign.
var turnsAway = []string{
	"access denied", "permission denied", "not allowed", "not permitted", "prohibited", "prohibition",
	"rejected", "blocked", "blacklist", "blocklist", "banned", "from your", "for your host", "from this ip",
}

// isTurnedAway tells whether text is about the client.
func isTurnedAway(text []byte) bool {
	text = bytes.ToLower(text)
	return slices.ContainsFunc(turnsAway, func(words string) bool { return bytes.Contains(text, []byte(words)) })
}
