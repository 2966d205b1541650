{{- define "assize.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains "assize" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-assize" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "assize.selector" -}}
app.kubernetes.io/name: assize
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "assize.labels" -}}
{{ include "assize.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "assize.meta" -}}
name: {{ include "assize.fullname" . }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "assize.labels" . | nindent 2 }}
{{- end -}}

{{- define "assize.serviceAccount" -}}
{{- default (include "assize.fullname" .) .Values.serviceAccount.existing -}}
{{- end -}}

{{- define "assize.image" -}}
{{- if .Values.image.digest -}}
{{- .Values.image.repository }}@{{ .Values.image.digest -}}
{{- else -}}
{{- .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag -}}
{{- end -}}
{{- end -}}

{{- /* Values that contradict each other, in words that say what to do. */ -}}
{{- define "assize.check" -}}
{{- if and (eq .Values.certificates.kind "existing") (not .Values.certificates.existingSecret) -}}
{{- fail "certificates.existingSecret: name the secret with tls.crt and tls.key, or set certificates.kind: self-managed" -}}
{{- end -}}
{{- if and .Values.running.enabled (not .Values.running.list) (not .Values.webhook.enabled) -}}
{{- fail "running.list: false, and without webhook.enabled nothing tells what runs; set one of them, or running.enabled: false" -}}
{{- end -}}
{{- if and .Values.running.enabled (not .Values.running.list) (not (and .Values.networkPolicy.enabled .Values.networkPolicy.from)) -}}
{{- with index .Values.admission "callers" -}}
{{- if index . "anyone" -}}
{{- fail "running.list: false, and whoever may ask may also say that a pod went; have callers show a token or a certificate (admission.callers, anyone: false), or name who reaches the service in networkPolicy.from" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.store.kind "sqlite" -}}
{{- if gt (int .Values.replicas) 1 -}}
{{- fail (printf "replicas: %d, but SQLite has one writer; set replicas: 1, or store.kind: postgres" (int .Values.replicas)) -}}
{{- end -}}
{{- else -}}
{{- if not .Values.store.postgres.existingSecret -}}
{{- fail "store.postgres.existingSecret: name the secret with the database URL, or set store.kind: sqlite for a trial" -}}
{{- end -}}
{{- if not .Values.keys.existingSecret -}}
{{- fail "keys.existingSecret: replicas share their keys; name the secret that holds what `assize ledger keys` made" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (ne .Values.mark.accessMode "ReadWriteMany") -}}
{{- fail (printf "mark.accessMode: %s, but %d replicas write the fork guard's mark; set ReadWriteMany, or replicas: 1" .Values.mark.accessMode (int .Values.replicas)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* One name in the cluster for each release. */ -}}
{{- define "assize.webhook" -}}
{{- printf "%s-%s" .Release.Namespace (include "assize.fullname" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* How and about what the API server asks, whatever the operation. */ -}}
{{- define "assize.asked" -}}
admissionReviewVersions: [v1]
sideEffects: NoneOnDryRun
matchPolicy: Equivalent
clientConfig:
  service:
    name: {{ include "assize.fullname" . }}
    namespace: {{ .Release.Namespace | quote }}
    path: /admission/v1/validate
    port: 443
  {{- if .Values.certificates.caBundle }}
  caBundle: {{ .Values.certificates.caBundle }}
  {{- end }}
namespaceSelector:
  matchExpressions:
    {{- include "assize.namespaces" . | nindent 4 }}
{{- if ne .Values.webhook.objects "all" }}
objectSelector:
  matchExpressions:
    {{- include "assize.select" .Values.webhook.objects | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "assize.select" -}}
- key: assize.dev/admission
  {{- if eq . "opt-in" }}
  operator: In
  values: [enabled]
  {{- else }}
  operator: NotIn
  values: [disabled]
  {{- end }}
{{- end -}}

{{- define "assize.certificate" -}}
{{- if eq .Values.certificates.kind "existing" -}}
{{- .Values.certificates.existingSecret -}}
{{- else -}}
{{- include "assize.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{- /* Flags of `assize serve`, as --config reads them. */ -}}
{{- define "assize.config" -}}
log-format: {{ .Values.log.format }}
log-level: {{ .Values.log.level }}
{{- if eq .Values.store.kind "sqlite" }}
store: sqlite:/var/lib/assize/ledger/assize.db
keys: /var/lib/assize/{{ if .Values.keys.existingSecret }}keys{{ else }}ledger/keys{{ end }}
mark: /var/lib/assize/ledger/log.mark
{{- else }}
keys: /var/lib/assize/keys
mark: /var/lib/assize/mark/log.mark
{{- end }}
{{- if .Values.proxy.hosts }}
host: {{ toJson .Values.proxy.hosts }}
{{- end }}
tls-listen: ":8443"
{{ include "assize.admission" . }}
{{- end -}}

{{- define "assize.admission" -}}
admission:
  timeout: {{ int .Values.webhook.timeoutSeconds }}s
  tls:
    {{- if eq .Values.certificates.kind "self-managed" }}
    self_managed:
      namespace: {{ .Release.Namespace | quote }}
      secret: {{ include "assize.certificate" . }}
      dns_names:
        - {{ include "assize.fullname" . }}.{{ .Release.Namespace }}.svc
      {{- if .Values.webhook.enabled }}
      webhooks:
        - {{ include "assize.webhook" . }}
      {{- end }}
      {{- if .Values.webhook.providers }}
      providers:
        {{- toYaml .Values.webhook.providers | nindent 8 }}
      {{- end }}
    {{- else }}
    certificate: /etc/assize-tls/tls.crt
    key: /etc/assize-tls/tls.key
    {{- end }}
  kubernetes:
    pull_secrets: {{ .Values.webhook.pullSecrets }}
  {{- if .Values.running.enabled }}
  running:
    reports: {{ .Values.running.reports }}
    events: {{ .Values.running.events }}
    every: {{ .Values.running.every }}
    namespaces:
      match_expressions:
        {{- include "assize.namespaces" . | nindent 8 }}
    {{- if ne .Values.webhook.objects "all" }}
    objects:
      {{- include "assize.select" .Values.webhook.objects | nindent 6 }}
    {{- end }}
  {{- end }}
  {{- toYaml .Values.admission | nindent 2 }}
{{- end -}}

{{- /* Namespaces whose objects are judged, at the door and while they run. */ -}}
{{- define "assize.namespaces" -}}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values:
    - kube-system
    - {{ .Release.Namespace | quote }}
    {{- range .Values.webhook.excludedNamespaces }}
    - {{ . | quote }}
    {{- end }}
{{ include "assize.select" .Values.webhook.namespaces }}
{{- end -}}
