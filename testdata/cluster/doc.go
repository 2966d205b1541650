// Package cluster holds the webhook to a real Kubernetes API server with etcd, both on
// loopback, asked as a cluster asks. It is a module of its own so that the API server
// is no dependency of the program.
package cluster
