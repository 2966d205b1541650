package main

import data.services

is_deployment if input.kind == "Deployment"

deny contains msg if {
	is_deployment
	not input.spec.template.spec.securityContext.runAsNonRoot
	msg := sprintf("%s: containers must not run as root", [input.metadata.name])
}

deny_replicas contains {"msg": msg, "replicas": input.spec.replicas} if {
	is_deployment
	input.spec.replicas < 2
	msg := sprintf("%s: %d replica is not enough", [input.metadata.name, input.spec.replicas])
}

violation_port contains {"msg": msg, "details": {"port": port}} if {
	some port in input.spec.ports
	not port in services.ports
	msg := sprintf("port %d is not open", [port])
}

warn contains "no owner label" if not input.metadata.labels.owner

exception contains ["replicas"] if input.metadata.labels.tier == "lab"
