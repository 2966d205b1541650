package predicate

import (
	"fmt"

	"github.com/assize-dev/assize/attest"
)

// svr reads a simple verification result (in-toto attestation framework,
// spec/predicates/svr.md).
func (f *Facts) svr(_ *attest.Statement, p object) *Fault {
	f.claims(p.text("timeCreated"))
	return nil
}

// testResult holds a test result against its lists: what passed as a whole has no
// failed part, and a test ends in one way.
func (f *Facts) testResult(_ *attest.Statement, p object) *Fault {
	if failed := p.texts("failedTests"); len(failed) > 0 && p.text("result") == "PASSED" {
		return inconsistent("$.predicate.result", "is PASSED, and failedTests lists %s", quote(failed[0]))
	}
	ended := map[string]string{}
	for _, list := range []string{"passedTests", "warnedTests", "failedTests"} {
		for i, name := range p.texts(list) {
			if other := ended[name]; other != "" && other != list {
				return inconsistent(fmt.Sprintf("$.predicate.%s[%d]", list, i), "is %s, which %s lists too", quote(name), other)
			}
			ended[name] = list
		}
	}
	return nil
}

// vulns reads the findings of a scanner (in-toto attestation framework,
// spec/predicates/vulns_02.md). A finding has its id in the one place or the other.
func (f *Facts) vulns(_ *attest.Statement, p object) *Fault {
	metadata := p.object("metadata")
	f.claims(metadata.text("scanFinishedOn"))
	for i, r := range p.object("scanner").objects("result") {
		if r.text("id") == "" && r.object("vulnerability").text("id") == "" {
			return fault("is missing; a finding names its vulnerability").under(fmt.Sprintf("$.predicate.scanner.result[%d].id", i))
		}
	}
	return inOrder(metadata, "$.predicate.metadata", "scanStartedOn", "scanFinishedOn")
}

// link reads a step (in-toto attestation framework, spec/predicates/link.md).
func (f *Facts) link(st *attest.Statement, p object) *Fault {
	f.dependencyEdges(st, p.objects("materials"))
	return nil
}
