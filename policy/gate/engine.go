package gate

import (
	"sync"

	"github.com/assize-dev/assize/policy"
)

// Version of the decision engine. It is part of every basis: raise it whenever
// the same evidence, rules and parameters could be judged otherwise.
const Version = "1"

// thisEngine describes what judges in this process.
var thisEngine = sync.OnceValue(func() Engine {
	return Engine{Name: "assize", Version: Version, OPA: policy.OPAVersion(), Capabilities: policy.CapabilitiesDigest(), TimeZones: "none"}
})

// as computes the basis for the engine that judged before, where it digests bases
// as this one does. Another engine is named, and cannot carry any basis it likes.
func (c *Case) as(judged Engine) {
	if judged.Name == c.engine.Name && judged.Version == c.engine.Version {
		c.engine, c.basis = judged, ""
		for _, list := range c.fallbacks {
			for _, b := range list {
				b.c.as(judged)
			}
		}
	}
}
