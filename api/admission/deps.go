package admission

import (
	_ "k8s.io/api/admission/v1"
	_ "k8s.io/api/apps/v1"
	_ "k8s.io/client-go/dynamic"
	_ "k8s.io/client-go/dynamic/dynamicinformer"
	_ "k8s.io/client-go/tools/clientcmd"
	_ "k8s.io/client-go/util/jsonpath"
	_ "sigs.k8s.io/json"
)
