// Package running keeps what a cluster runs in view: it has every workload judged
// again when evidence, rules or trust change, when a decision's time is over, or when
// the workload itself changes, and tells the cluster by openreports.io reports and
// Kubernetes events.
//
// The command line wires a Follower from the webhook (admission.Server, as its Judge,
// which tells a Door what it lets in) and the same API server. A workload is the object
// that controls a pod, or a pod that nothing controls. What a tag stood for when the pod
// was started is taken from the pod's status, which the kubelet writes, and before that
// from its admission.
//
// What runs is known from one of two sources, never from both. Where pods may be listed
// and watched, the list is the truth: what was let in comes earlier, and goes again if
// the list does not show it within GraceTime. Where the API server forbids that, what
// runs is what was let in and not deleted since. It is kept as memos beside the ledger,
// by the pod's uid and as it was read, so that every replica knows the same and a
// restart forgets nothing; a deletion is kept for GoneTime, since word that a pod went
// may come before word that it came. When the list may be had again, the memos go.
//
// Invariants:
//
//   - nothing is judged here. A report is made of Judge.Read and Judge.Stand, which
//     read, scope and ask as the webhook does, so the two cannot disagree; nor is a verdict kept past
//     what it rests on: the ledger is the queue, followed with a cursor, and decisions
//     end at their holds_until;
//   - what a pod says of what controls it is believed within its namespace alone, and
//     only where it can be told of. A pod runs until it ended or went, not until it is to;
//   - what could not be judged is reported as error, never as what it was before;
//   - what is not known is said: from when on admissions are known, and how many pods
//     were let go for a bound, in the log and in metrics;
//   - nothing in the cluster is changed but reports with this package's label and
//     events: a workload that would be refused now goes on running;
//   - any number of replicas may do so at once: reports are named after the workload's
//     uid and written only when they say something else, and an event has the same
//     name wherever it is made;
//   - reports and events are bounded in size, number and rate; what was left out is
//     counted and said.
package running
