// Package admission answers a Kubernetes cluster that asks whether something may
// run: a validating webhook (admission.k8s.io/v1) at PathValidate, and Gatekeeper's
// external data protocol at PathProvider. It is the only package that knows
// Kubernetes' types.
//
// The command line wires a Server from a gate, a locker and the section "admission"
// of the configuration (Config), and serves it over TLS beside the API; api mounts
// nothing of it.
//
// A review goes one way: what the object would run is read from it (images of every
// kind of container and volume, locations of models, by kind or by configured
// JSONPath), each reference is matched with the first scope that speaks of its
// namespace and name, tags are resolved to digests, the distinct questions are put
// to gate.DecideEach, and the scope's mode turns verdicts into the answer.
//
// Invariants:
//
//   - nothing is judged here; the verdict is the gate's, by one reading of the head
//     for the whole object. What is kept between requests is digests of tags, for a
//     bounded time, and never a verdict;
//   - labels and annotations of an object are claims. A claim that trusted evidence
//     does not bear out is refused, and none makes an answer better;
//   - what is not judged is said to be: by configuration ("unjudged, let through by
//     configuration"), or because the time ran out, the head could not be read, a
//     registry did not answer or a location names no digest. That is an unrecorded
//     indeterminate, and the mode decides;
//   - an answer leaves within 80 % of the time the API server waits;
//   - a dry run records nothing; DELETE and CONNECT are let through unjudged; an update
//     is asked about only what it adds, and what is no review or has no object is refused;
//   - which pods were let in, and which are to go, is told to Parts.Pods, and nobody
//     waits for that.
package admission
