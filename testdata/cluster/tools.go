//go:build tools

package cluster

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
