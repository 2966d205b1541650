package reports

// Bounds of the package. Each is met by a test.
const (
	// MaxSubjects bounds the models one report of a system judges.
	MaxSubjects = 32
	// MaxTop bounds the findings told first.
	MaxTop = 10
	// MaxFrameworks bounds the framework files a report reads.
	MaxFrameworks = 64
	// MaxPoints bounds the windows of one series; the newest are kept.
	MaxPoints = 120
	// MaxRecorded bounds the file of a recorded report, in bytes.
	MaxRecorded = 64 << 20
	// MaxSignOffs bounds the sign-offs of one report.
	MaxSignOffs = 16
	// MaxQuoted bounds the statements of one type quoted for one point, the newest first.
	MaxQuoted = 16
	// MaxQuote bounds one quoted value, in characters.
	MaxQuote = 2000
	// MaxFramework bounds one framework file, in bytes.
	MaxFramework = 1 << 20
)
