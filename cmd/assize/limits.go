package main

// Bounds of what the command line reads. What it hands on is bounded again by
// the package that parses it.
const (
	// maxConfig bounds a configuration file, in bytes.
	maxConfig = 1 << 20
	// maxKeyFile bounds a key or certificate file, in bytes.
	maxKeyFile = 1 << 20
	// maxPredicate bounds a predicate or input document, in bytes.
	maxPredicate = 16 << 20
	// maxQuery bounds what is searched for, in bytes.
	maxQuery = 256
	// maxSearched is how many decisions, the newest, are searched for words.
	maxSearched = 2000
	// maxImpactDecisions is how many decisions about each thing, the newest, are read
	// for its impact.
	maxImpactDecisions = 200
)
