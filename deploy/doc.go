// Package deploy holds what puts the service on a machine: the Helm chart in
// helm/assize, the Dockerfile, and pipeline templates in ci.
//
// The chart is the one source of every Kubernetes object. Who has no Helm gets the
// same objects from Render, which `assize admission manifests` prints: it reads the
// embedded chart, holds the values against the chart's schema and executes its
// templates with text/template and the few functions they use. Helm itself is not
// linked into the program; tests in testdata/chart render the chart with Helm as a
// library and hold the two to the same bytes, so neither can drift.
//
// A template may therefore use the functions in functions.go only, and the objects
// .Values, .Release.Name, .Release.Namespace, .Release.Service, .Chart and .Template.
package deploy
