package link

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"time"

	"comity"
)

// forever is how RFC 5280 spells a certificate without an end. The start is
// before any node's clock, so that no middlebox on either side finds a fault.
var (
	always  = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	forever = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// NewCertificate makes a key and a certificate that it signs itself. The
// certificate is DER, the key PKCS #8. The name is for people who look at a
// connection; nobody checks it.
func NewCertificate(rand io.Reader, name string) (cert, key []byte, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return nil, nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    always,
		NotAfter:     forever,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if cert, err = x509.CreateCertificate(rand, c, c, k.Public(), k); err != nil {
		return nil, nil, err
	}
	key, err = x509.MarshalPKCS8PrivateKey(k)
	return cert, key, err
}

// ParseCertificate returns what NewCertificate made, for a Server or a Client.
func ParseCertificate(cert, key []byte) (tls.Certificate, error) {
	leaf, err := x509.ParseCertificate(cert)
	if err != nil {
		return tls.Certificate{}, comity.Errorf(comity.Invalid, "the TLS certificate is not one in DER: %w", err)
	}
	k, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, comity.Errorf(comity.Invalid, "the TLS key is not one in PKCS #8: %w", err)
	}
	e, ok := k.(*ecdsa.PrivateKey)
	if !ok || !e.PublicKey.Equal(leaf.PublicKey) {
		return tls.Certificate{}, comity.Errorf(comity.Invalid, "the TLS key is not the certificate's")
	}
	return tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: e, Leaf: leaf}, nil
}

// Pin returns what a chain entry says of a certificate in DER: the SHA-256 of
// its SubjectPublicKeyInfo.
func Pin(cert []byte) (comity.Hash, error) {
	c, err := x509.ParseCertificate(cert)
	if err != nil {
		return comity.Hash{}, comity.Errorf(comity.Invalid, "the TLS certificate is not one in DER: %w", err)
	}
	return pin(c), nil
}

func pin(c *x509.Certificate) comity.Hash { return sha256.Sum256(c.RawSubjectPublicKeyInfo) }

// caller returns the pin of the other end of a connection. TLS has proved that
// it holds the key.
func caller(s *tls.ConnectionState) comity.Hash {
	if s == nil || len(s.PeerCertificates) == 0 {
		return comity.Hash{}
	}
	return pin(s.PeerCertificates[0])
}
