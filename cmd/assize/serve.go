package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/api/ui"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/policies"
)

// defaultListen is where a service listens, and where verbs look for one, unless
// told otherwise.
const defaultListen = "127.0.0.1:8710"

// shutdownTime is how long requests in flight may take to end.
const shutdownTime = 15 * time.Second

func (a *app) serve() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", GroupID: "service", Args: cobra.NoArgs,
		Short: "Run the service",
		Long: `Run the service on a ledger, which is made with its keys, one administrator and the
built-in rules when it is not there. Its address goes to stdout once it answers.

Nobody is authenticated yet, so it listens on loopback addresses only.

With --tls-listen it also answers a Kubernetes cluster, as the section admission of the
configuration file says; see docs/kubernetes.md.`,
		Example: `  assize serve
  assize serve --store sqlite:/var/lib/assize/assize.db --keys /etc/assize/keys
  assize serve --config assize.yaml --tls-listen 0.0.0.0:8443 --tls-cert tls.crt --tls-key tls.key`,
	}
	f := cmd.Flags()
	listen := f.String("listen", defaultListen, "loopback address to listen on; port 0 chooses one")
	originName := f.String("origin", "", "name of a ledger yet to be made (default assize.dev/local/ and a random number)")
	hosts := f.StringSlice("host", nil, "name the service is called by; others are refused (default loopback names)")
	format := f.String("log-format", "text", "text or json")
	level := f.String("log-level", "info", "debug, info, warn or error")
	witnesses := addWitnesses(cmd)
	cluster := addAdmission(cmd)
	addStore(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := api.CheckLoopback(*listen); err != nil {
			return usage("--listen: %w", err)
		}
		go paceGC(cmd.Context())
		logger, err := a.logger(*format, *level)
		if err != nil {
			return err
		}
		admitting, err := a.admissionConfig(cluster)
		if err != nil {
			return err
		}
		cfg := a.instanceConfig(cmd)
		cfg.Origin, cfg.Create, cfg.Logger = *originName, true, logger
		if cfg.Witnessing, err = witnesses.config(); err != nil {
			return err
		}
		in, err := openInstance(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		if why := in.Log().ReadOnlyReason(); why != "" {
			a.note("assize: the ledger takes no entries: %s", why)
		}
		return a.serveInstance(cmd.Context(), in, serving{listen: *listen, hosts: *hosts, logger: logger, tlsListen: *cluster.listen, admission: admitting, ready: func(url string) {
			a.note("assize: ledger %s in %s, keys in %s", in.Log().Origin(), in.path, in.cfg.Keys)
			if in.fresh {
				a.note("assize: it is new and trusts one administrator, %s; see `assize trust entry --help` for how to go on", in.keys.path(fileAdminKey))
			}
			fmt.Fprintln(a.stdout, url)
		}})
	}
	return cmd
}

// serving says how an instance is served.
type serving struct {
	listen string
	hosts  []string
	logger *slog.Logger
	ready  func(url string) // called once it answers

	tlsListen string // where a cluster is answered
	admission *admission.Config
}

// serveInstance answers HTTP until ctx ends, then lets requests in flight end.
func (a *app) serveInstance(ctx context.Context, in *instance, s serving) error {
	if err := api.CheckLoopback(s.listen); err != nil {
		return err
	}
	handler, err := in.handler(s.hosts, s.logger)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("%w; --listen names another address", err)
	}
	srv := handler.HTTPServer()
	following, stop := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() { defer close(followed); handler.Follow(following) }()
	defer func() { stop(); <-followed }()
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	var asked *cluster // nil: no cluster is answered
	var clusterEnded chan error
	if s.admission != nil {
		if asked, err = in.answerCluster(ctx, s.tlsListen, s.admission, handler, s.logger); err != nil {
			return errors.Join(err, srv.Close())
		}
		clusterEnded = asked.ended
		a.note("assize: a cluster is answered at https://%s%s", asked.listen.Addr(), admission.PathValidate)
	}
	s.ready("http://" + l.Addr().String())
	select {
	case err := <-ended:
		return err
	case err := <-clusterEnded:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	s.logger.Info("shutting down", "bound", shutdownTime)
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if asked != nil { // first, so that nobody waits for what is not judged any more
		if err := asked.shutdown(patience); err != nil {
			return errors.Join(fmt.Errorf("requests of the cluster still ran after %s: %w", shutdownTime, err), srv.Close())
		}
	}
	if err := srv.Shutdown(patience); err != nil {
		return errors.Join(fmt.Errorf("requests still ran after %s", shutdownTime), srv.Close())
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// handler is the API over an instance.
func (in *instance) handler(hosts []string, logger *slog.Logger) (*api.Server, error) {
	pages, err := ui.New(programVersion())
	if err != nil {
		return nil, err
	}
	books, err := fs.Sub(policies.FS, "frameworks")
	if err != nil {
		return nil, fmt.Errorf("open frameworks: %w", err)
	}
	calendar, err := builtinCalendar()
	if err != nil {
		return nil, err
	}
	return api.New(api.Config{
		Check: func(ctx context.Context) (ledger.Report, error) {
			mark, err := in.mark(ctx, in.VKey())
			if err != nil {
				return ledger.Report{}, err
			}
			return ledger.Check(ctx, in.store, in.VKey(), ledger.CheckOptions{Mark: mark})
		},
		Pages: pages, Calendar: calendar, Frameworks: books, Gate: in.Gate, Locker: in.Locker, Logger: logger, LogKey: in.VKey(), Hosts: hosts, Version: programVersion(), Clock: in.cfg.Clock,
	})
}

// logger of a service.
func (a *app) logger(format, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usage("--log-level %s: want debug, info, warn or error", level)
	}
	opts := &slog.HandlerOptions{Level: l}
	switch strings.ToLower(format) {
	case "text":
		return slog.New(slog.NewTextHandler(a.stderr, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.stderr, opts)), nil
	}
	return nil, usage("--log-format %s: want text or json", format)
}
