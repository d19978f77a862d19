package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"concord/gateway/mllp"
)

// addMLLP reads one --mllp.
func (d *doors) addMLLP(text string) error {
	addr, options, err := option(text)
	if err != nil {
		return err
	}
	if err := checkAddr(addr); err != nil {
		return fmt.Errorf("%s: the address %w", addr, err)
	}
	listener, err := d.listener(addr, options)
	if err != nil {
		return err
	}
	label := fmt.Sprintf("mllp-%s-%d", addr, len(listener.peers)+1)
	door, err := d.door(label, options)
	if err != nil {
		return err
	}
	peer := mllp.Peer{Label: label, Key: options["key"], Name: options["name"], Caller: door.Caller}
	for network := range strings.SplitSeq(options["from"], ",") {
		if network == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return fmt.Errorf("%s: from must be networks such as 10.1.0.0/16", addr)
		}
		peer.From = append(peer.From, prefix)
	}
	if peer.Key == "" && peer.Name == "" && len(peer.From) == 0 {
		return fmt.Errorf("%s: say who sends: from, key or name", addr)
	}
	if digest, err := hex.DecodeString(peer.Key); peer.Key != "" && (err != nil || len(digest) != sha256.Size) {
		return fmt.Errorf("%s: key must be 64 hexadecimal digits", addr)
	}
	if (peer.Key != "" || peer.Name != "") && listener.tls == nil {
		return fmt.Errorf("%s: key and name need tls", addr)
	}
	delete(options, "key")
	delete(options, "name")
	delete(options, "from")
	for name := range options {
		return fmt.Errorf("%s: there is no option %q", addr, name)
	}
	listener.peers = append(listener.peers, peer)
	d.local.Doors[label] = door
	return nil
}

// listener is the one at an address, made where it is not there.
func (d *doors) listener(addr string, options map[string]string) (*mllpDoor, error) {
	files, processing := options["tls"], options["processing"]
	delete(options, "tls")
	delete(options, "processing")
	for i := range d.mllp {
		if d.mllp[i].addr == addr {
			if files != "" && files != d.mllp[i].files {
				return nil, fmt.Errorf("%s: the systems at one address share its tls", addr)
			}
			return &d.mllp[i], nil
		}
	}
	made := mllpDoor{addr: addr, files: files}
	if processing != "" {
		made.processing = strings.Split(processing, ",")
	}
	if files != "" {
		var err error
		if made.tls, err = serverTLS(strings.Split(files, ",")); err != nil {
			return nil, fmt.Errorf("%s: tls: %w", addr, err)
		}
	}
	d.mllp = append(d.mllp, made)
	return &d.mllp[len(d.mllp)-1], nil
}

// serverTLS reads a certificate, its key, and the authorities of clients, where there are any.
func serverTLS(files []string) (*tls.Config, error) {
	if len(files) < 2 || len(files) > 3 {
		return nil, errors.New("must be CERT,KEY or CERT,KEY,CA")
	}
	pair, err := tls.LoadX509KeyPair(files[0], files[1])
	if err != nil {
		return nil, errors.New("the certificate or its key cannot be read")
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	if len(files) == 3 {
		pem, err := os.ReadFile(files[2])
		if err != nil {
			return nil, errors.New("the file of authorities cannot be read")
		}
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
		if !config.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("the file of authorities holds no certificate")
		}
	}
	return config, nil
}
