// Package watch keeps a board: for every system its newest recorded decisions, what
// will change by the passing of time alone, and the waivers over its findings. Pages
// read it, so that an overview of ten thousand systems is one look and not ten
// thousand questions.
//
// The board is a projection of the ledger and of nothing else. It follows the log
// with a cursor, lives in memory, and is built again from the first entry whenever a
// process starts; at a size of the past it is what it was then. It decides nothing:
// a verdict on it is one that the gate recorded and signed, with the index where it
// stands, and is shown as lapsed once the instant has come at which the decision
// itself says that it flips. A decision that no key of the trust signed, and a
// profile or waiver that does not count, is left out and counted as left out.
package watch
