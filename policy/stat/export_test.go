package stat

// For tests against second implementations.
var (
	Logarithm      = logarithm
	LogRatio       = logRatio
	NormalQuantile = normalQuantile
)

// Tails for the tests that hold them against reference values.
var (
	KolmogorovTail = kolmogorovTail
	ChiSquaredTail = chiSquaredTail
)
