// Package stat computes the statistics that rules judge: drift between two
// histograms, intervals for rates and their differences, disparities between
// groups, and the trend of a series. The rule engine exposes them as builtins,
// so that a rule recomputes a figure from submitted counts instead of believing
// the figure beside them.
//
// The functions are pure: no clock, no randomness, no state, no host settings.
// A decision is judged again years later on another machine and has to come out
// the same, hence three invariants:
//
//   - Sums run in the order of the arguments (groups: in the order of their
//     names), and every product is rounded with an explicit float64 conversion.
//     The language allows a compiler to fuse x*y + z into one rounding unless
//     such a conversion stands between (Go specification, "Floating-point
//     operators"); arm64, ppc64le, s390x and riscv64 do. Quotients by a constant
//     are rounded likewise: a compiler turns x/2 into x*0.5 and fuses that.
//   - Of package math only operations that IEEE 754 rounds correctly are used
//     (Sqrt, Abs, Floor, RoundToEven, Frexp). Logarithm and normal quantile are
//     this package's own, since math.Log has assembly on some architectures and
//     fused products on others. The package's tests read its source for both.
//   - Every float that leaves the package passes [Round]: 12 significant digits.
//
// Counts arrive as float64 because JSON numbers do, and are refused unless they
// are whole, non-negative and exactly representable. Errors name the argument,
// the place in it, the rule it breaks and what to do about it. They wrap
// [ErrArgument] (the input is wrong), [ErrLimit] (a bound in limits.go) or
// [ErrUndefined] (the input is well formed and the figure does not exist, as the
// impact ratio when nobody was selected). A rule that meets any of them is
// unassessable, never a pass.
//
// # Which convention
//
// Figures of the same name differ between tools. Here:
//
//   - [PSI]: natural logarithm; proportions below the floor are raised to it
//     and not renormalised.
//   - [JensenShannon]: the distance (square root of the divergence) with base-2
//     logarithms, so that it lies in [0, 1]; scipy's
//     spatial.distance.jensenshannon(p, q, base=2).
//   - [KolmogorovSmirnov]: taken at bin edges, hence a lower bound of the
//     statistic of the samples behind the histogram.
//   - [Wasserstein]: mass spread evenly inside each bin; [WassersteinNormed]
//     divides by the standard deviation of the reference.
//   - [Wilson]: the score interval without continuity correction (Newcombe
//     1998a, method 3). [Newcombe]: the hybrid score interval for independent
//     proportions without continuity correction (Newcombe 1998b, method 10).
//   - Correction for several comparisons: Bonferroni. The slices of one
//     population overlap and share a model, and Bonferroni holds whatever the
//     dependence, where Sidak asks for independence (the two differ by less
//     than 2 % of the error rate at 95 %). One comparison is no correction.
//   - [KolmogorovSmirnovTest]: p by the limiting distribution; [ChiSquaredTest]:
//     without continuity correction, bins empty on both sides left out.
//   - [TheilSen]: slope and intercept of medians; limits by Sen's method with
//     Kendall's variance, ranks rounded half to even as scipy.stats.theilslopes
//     does.
package stat
