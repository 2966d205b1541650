package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/api/admission/running"
)

// admissionFlags are those of serve that concern a cluster.
type admissionFlags struct{ listen, cert, key *string }

func addAdmission(cmd *cobra.Command) admissionFlags {
	f := cmd.Flags()
	return admissionFlags{
		listen: f.String("tls-listen", "", "address to answer a Kubernetes cluster on over TLS; takes the section admission of --config"),
		cert:   f.String("tls-cert", "", "certificate of --tls-listen, PEM; read again when it changes"),
		key:    f.String("tls-key", "", "its key"),
	}
}

// admissionConfig reads the section of the configuration file and lays the flags
// over it; nil when no cluster is answered.
func (a *app) admissionConfig(f admissionFlags) (*admission.Config, error) {
	var cfg *admission.Config
	if a.configFile != "" {
		text, err := readBounded(a.configFile, maxConfig)
		if err != nil {
			return nil, usage("--config: %w", err)
		}
		if cfg, err = admission.ParseConfig(text); err != nil {
			return nil, usage("%s: %w", a.configFile, err)
		}
	}
	switch {
	case *f.listen == "" && cfg == nil && *f.cert == "" && *f.key == "":
		return nil, nil
	case *f.listen == "":
		return nil, usage("--tls-listen: say where the cluster is answered, such as 0.0.0.0:8443")
	case cfg == nil:
		return nil, usage("--tls-listen %s: what is asked there is for the section admission of the configuration file to say; name one with --config", *f.listen)
	}
	if *f.cert != "" || *f.key != "" {
		cfg.TLS = admission.TLS{Certificate: *f.cert, Key: *f.key}
	}
	if t := cfg.TLS; (t.Certificate == "" || t.Key == "") && t.SelfManaged == nil {
		return nil, usage("--tls-listen %s: it takes a certificate: --tls-cert and --tls-key, or admission.tls in the configuration", *f.listen)
	}
	if err := api.CheckLoopback(*f.listen); err != nil && (!errors.Is(err, api.ErrNotLoopback) || !cfg.Callers.Guarded()) {
		return nil, usage("--tls-listen: %w; or say under admission.callers who may ask", err)
	}
	return cfg, nil
}

// cluster answers a cluster beside the API until stop is called.
type cluster struct {
	server *http.Server
	listen net.Listener
	ended  chan error
	stop   func()
}

// answerCluster starts listening. What the server does not answer itself, health
// and metrics, is the API's.
func (in *instance) answerCluster(ctx context.Context, addr string, cfg *admission.Config, behind *api.Server, logger *slog.Logger) (*cluster, error) {
	parts := admission.Parts{Gate: in.Gate, Locker: in.Locker, Behind: behind, Logger: logger}
	ctx, stop := context.WithCancel(ctx)
	fail := func(err error) (*cluster, error) {
		stop()
		return nil, err
	}
	var err error
	if cfg.Kubernetes != nil {
		if parts.Cluster, err = admission.Reach(ctx, *cfg, logger); err != nil {
			return fail(err)
		}
	}
	var door *running.Door
	if cfg.Running != nil {
		door = running.NewDoor(in.cfg.Clock)
		parts.Pods = door
	}
	handler, err := admission.New(*cfg, parts)
	if err != nil {
		return fail(err)
	}
	if err := behind.Register(handler); err != nil {
		return fail(err)
	}
	certificate, err := admission.Certificate(ctx, *cfg, parts.Cluster, logger)
	if err != nil {
		return fail(err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fail(fmt.Errorf("%w; --tls-listen names another address", err))
	}
	srv := behind.HTTPServer()
	srv.Handler, srv.TLSConfig = handler, admission.TLSConfig(certificate)
	c := &cluster{server: srv, listen: l, ended: make(chan error, 1), stop: stop}
	if cfg.Running != nil {
		if c.stop, err = in.followCluster(ctx, stop, cfg, handler, door, parts.Cluster, behind, logger); err != nil {
			return fail(errors.Join(err, l.Close()))
		}
	}
	go func() { c.ended <- srv.ServeTLS(l, "", "") }()
	return c, nil
}

// followCluster judges what runs again until the function it returns is called.
func (in *instance) followCluster(ctx context.Context, stop func(), cfg *admission.Config, judge running.Judge, door *running.Door, reached *admission.Cluster, behind *api.Server, logger *slog.Logger) (func(), error) {
	client, err := reached.Client(running.RequestsPerSecond)
	if err != nil {
		return nil, err
	}
	f := running.New(running.Config{
		Judge: judge, Log: in.Log(), Client: client, Door: door, Memos: in.store, Reports: cfg.Running.Reports, Events: cfg.Running.Events, Every: cfg.Running.Every,
		Logger: logger, Clock: in.cfg.Clock,
	})
	if err := behind.Register(f); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := f.Run(ctx); err != nil {
			logger.Error("what runs is not judged again", "err", err)
		}
	}()
	return func() { stop(); <-done }, nil
}

// shutdown lets requests in flight end.
func (c *cluster) shutdown(ctx context.Context) error {
	defer c.stop()
	if err := c.server.Shutdown(ctx); err != nil {
		return errors.Join(err, c.server.Close())
	}
	if err := <-c.ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
