package predicate

import "github.com/assize-dev/assize/attest"

// slsaV1 reads SLSA provenance v1 (https://slsa.dev/spec/v1.1/provenance).
func (f *Facts) slsaV1(st *attest.Statement, p object) *Fault {
	metadata := p.object("runDetails").object("metadata")
	f.claims(metadata.text("finishedOn"))
	f.dependencyEdges(st, p.object("buildDefinition").objects("resolvedDependencies"))
	return inOrder(metadata, "$.predicate.runDetails.metadata", "startedOn", "finishedOn")
}

// slsaV0 reads SLSA provenance v0.1 and v0.2 (https://slsa.dev/spec/v0.2/provenance),
// whose materials have no annotations: only their URI can say what they are.
func (f *Facts) slsaV0(st *attest.Statement, p object) *Fault {
	metadata := p.object("metadata")
	f.claims(metadata.text("buildFinishedOn"))
	f.dependencyEdges(st, p.objects("materials"))
	return inOrder(metadata, "$.predicate.metadata", "buildStartedOn", "buildFinishedOn")
}

// vsa reads a verification summary v1 or v0.2
// (https://slsa.dev/spec/v1.1/verification_summary).
func (f *Facts) vsa(_ *attest.Statement, p object) *Fault {
	f.claims(p.text("timeVerified"))
	f.claims(p.text("time_verified"))
	return nil
}
