// Command plugin is a key management service of one file: a plugin program as the
// sigstore library runs them, for the test of what answers other schemes.
package main

import (
	"context"
	"crypto"
	"fmt"
	"os"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/kms/cliplugin/handler"
)

type keyFile struct{ signature.SignerVerifier }

func (keyFile) CreateKey(context.Context, string) (crypto.PublicKey, error) {
	return nil, fmt.Errorf("this service makes no keys")
}

func (keyFile) CryptoSigner(context.Context, func(error)) (crypto.Signer, crypto.SignerOpts, error) {
	return nil, nil, fmt.Errorf("of no use across processes")
}

func (keyFile) SupportedAlgorithms() []string { return []string{"any"} }
func (keyFile) DefaultAlgorithm() string      { return "any" }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	args, err := handler.GetPluginArgs(os.Args)
	if err != nil {
		return handler.WriteErrorResponse(os.Stdout, err)
	}
	pem, err := os.ReadFile(args.InitOptions.KeyResourceID)
	if err != nil {
		return handler.WriteErrorResponse(os.Stdout, err)
	}
	key, err := cryptoutils.UnmarshalPEMToPrivateKey(pem, cryptoutils.SkipPassword)
	if err != nil {
		return handler.WriteErrorResponse(os.Stdout, err)
	}
	sv, err := signature.LoadSignerVerifier(key, args.InitOptions.HashFunc)
	if err != nil {
		return handler.WriteErrorResponse(os.Stdout, err)
	}
	_, err = handler.Dispatch(os.Stdout, os.Stdin, args, keyFile{sv})
	return err
}
