// Package running keeps what a cluster runs in view: it has every workload judged
// again when evidence, rules or trust change, when a decision's time is over, or when
// the workload itself changes, and tells the cluster by openreports.io reports and
// Kubernetes events.
//
// The command line wires a Follower from the webhook (admission.Server, as its Judge)
// and the same API server. It lists and watches pods; a workload is the object that
// controls a pod, or a pod that nothing controls. What a tag stood for when the pod was
// started is taken from the pod's status, which the kubelet writes.
//
// Invariants:
//
//   - nothing is judged here. A report is made of Judge.Stand, which reads, scopes and
//     asks as the webhook does, so the two cannot disagree; nor is a verdict kept past
//     what it rests on: the ledger is the queue, followed with a cursor, and decisions
//     end at their holds_until;
//   - what could not be judged is reported as error, never as what it was before;
//   - nothing in the cluster is changed but reports with this package's label and
//     events: a workload that would be refused now goes on running;
//   - any number of replicas may do so at once: reports are named after the workload's
//     uid and written only when they say something else, and an event has the same
//     name wherever it is made;
//   - reports and events are bounded in size, number and rate; what was left out is
//     counted and said.
package running
