package stat

// Bounds of the input. They keep every builtin call short (well under 100 ms)
// and every sum of counts exact.
const (
	// MinBins is the least number of histogram bins: over a single bin every
	// pair of histograms is identical, which would pass without having looked.
	MinBins = 2
	// MaxBins is the greatest number of histogram bins.
	MaxBins = 10_000
	// MaxCount bounds each count and each total: 2^53 - 1, up to which every
	// whole number is a float64.
	MaxCount = 1<<53 - 1
	// MaxGroups bounds the groups of one attribute; pairs grow with its square.
	MaxGroups = 256
	// MaxPoints bounds the points of a series; slopes grow with its square.
	MaxPoints = 500
	// MaxValues bounds the input of [Median].
	MaxValues = 100_000
	// MaxWidth bounds the half width of a [Band] in standard deviations.
	MaxWidth = 10
	// MaxComparisons bounds the divisor of the Bonferroni correction.
	MaxComparisons = 10_000
	// MaxMagnitude bounds the absolute value of edges, measured values and
	// bounds, far from where squares overflow.
	MaxMagnitude = 1e100
	// MinScale is the least distance between two different abscissae or edges,
	// far from where quotients overflow.
	MinScale = 1e-100
	// MinLevel and MaxLevel bound a confidence level (both allowed).
	MinLevel = 0.5
	MaxLevel = 0.999999
	// MaxFloor bounds the floor of [PSI] (which must be above zero): a greater
	// one would hide drift. MinFloor keeps its logarithm finite.
	MaxFloor = 0.01
	MinFloor = 1e-15
)
