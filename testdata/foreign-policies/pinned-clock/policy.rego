package policy.certificate

deny contains msg if {
	until := time.parse_rfc3339_ns(input.not_after)
	time.now_ns() > until
	msg := sprintf("expired at %s", [input.not_after])
}
