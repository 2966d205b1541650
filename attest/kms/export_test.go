package kms

// OpenWithin is Open with another bound than Timeout.
var OpenWithin = open
