package option

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// AuthoritiesIn is [Authorities] for the text of a regular file of at most 16 MiB,
// which is read until ctx ends. The error begins with a verb too, and has the name of
// the file.
func AuthoritiesIn(ctx context.Context, file string) (*x509.CertPool, error) {
	text, err := readFile(ctx, file)
	if err != nil {
		return nil, err
	}
	roots, err := Authorities(text)
	if err != nil {
		return nil, fmt.Errorf("is %s, which %w", endpoint.Quote(file), err)
	}
	return roots, nil
}

// Authorities reads certificates in PEM (RFC 7468). There must be at least one,
// and all must be whole: a skipped certificate would later show as "unknown
// authority". The error begins with a verb, such as "has no certificate". It never
// quotes the text: it names blocks by their label.
func Authorities(text []byte) (*x509.CertPool, error) {
	const begin = "-----BEGIN CERTIFICATE-----"
	pool := x509.NewCertPool()
	parts := strings.Split(string(text), begin)
	for i, part := range parts[1:] {
		block, _ := pem.Decode([]byte(begin + part))
		if block == nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("has a certificate that is cut off or damaged (%d of %d)", i+1, len(parts)-1)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("has a certificate that cannot be read (%d of %d): %w", i+1, len(parts)-1, err)
		}
		pool.AddCert(cert)
	}
	if len(parts) == 1 {
		return nil, fmt.Errorf("has no certificate%s", instead(text))
	}
	return pool, nil
}

// instead says what block of PEM a text begins with, if it has any.
func instead(text []byte) string {
	if label, found := endpoint.PEMLabel(string(text)); found {
		return "; its first block is " + label
	}
	return ""
}

// checkKey returns an error if text holds no private key, or one with a passphrase.
func checkKey(text []byte) error {
	for rest := text; ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		switch {
		case block == nil:
			return fmt.Errorf("has no private key%s", instead(text))
		case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
			return errors.New("is a private key with a passphrase")
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil
		}
	}
}

// clientCertificate joins a certificate and its key. The errors of crypto/tls quote
// neither of them.
func clientCertificate(cert, key []byte) (*look.ClientCertificate, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("client_cert_pem and client_key_pem do not go together: %s. Expected a certificate and its private key", strings.TrimPrefix(err.Error(), "tls: "))
	}
	return &look.ClientCertificate{Chain: pair.Certificate, Key: pair.PrivateKey}, nil
}
