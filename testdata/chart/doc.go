// Package chart holds what stands in deploy to the tools that will read it: Helm
// renders and lints the chart, Kubernetes' own types decode every object of it, and
// BuildKit parses the Dockerfile. It is a module of its own so that none of them is a
// dependency of the program.
package chart
