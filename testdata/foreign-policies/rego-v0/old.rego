package compliance

deny[msg] {
	input.level < data.params.level
	msg := sprintf("level %d is below %d", [input.level, data.params.level])
}

warn[msg] {
	not input.reviewer
	msg := "nobody reviewed it"
}
