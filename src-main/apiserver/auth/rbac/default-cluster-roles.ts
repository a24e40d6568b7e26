/**
 * Rules of the default ClusterRoles, one line each: `verbs | groups | resources | names`, or `get /path …`.
 * `core` is the core group; `R` reads (get, list, watch), `W` writes (create, delete, deletecollection, patch,
 * update), `E` stands for writing events. Source: Kubernetes 1.36, "Default roles and role bindings".
 */
export const clusterRoles: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['* | * | *', '* *'],
  'system:discovery': [
    'get /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/',
  ],
  'system:monitoring': [
    'get /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*',
    'get | core | nodes/metrics',
  ],
  'system:basic-user': [
    'create | authorization.k8s.io | selfsubjectaccessreviews selfsubjectrulesreviews',
    'create | authentication.k8s.io | selfsubjectreviews',
  ],
  'system:public-info-viewer': ['get /healthz /livez /readyz /version /version/'],
  'system:aggregate-to-admin': [
    'create | authorization.k8s.io | localsubjectaccessreviews',
    'R W | rbac.authorization.k8s.io | rolebindings roles',
  ],
  'system:aggregate-to-edit': [
    'R | core | pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy',
    'impersonate | core | serviceaccounts',
    'W | core | pods pods/attach pods/exec pods/portforward pods/proxy',
    'create | core | pods/eviction',
    'W | core | configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    'create | core | serviceaccounts/token',
    'W | apps | daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    'W | autoscaling | horizontalpodautoscalers',
    'W | batch | cronjobs jobs',
    'W | extensions | daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
    'W | policy | poddisruptionbudgets',
    'W | networking.k8s.io | ingresses networkpolicies',
    'R W | coordination.k8s.io | leases',
    'W | resource.k8s.io | resourceclaims resourceclaimtemplates',
  ],
  'system:aggregate-to-view': [
    'R | core | configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
    'R | core | bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
    'R | core | namespaces',
    'R | discovery.k8s.io | endpointslices',
    'R | apps | controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    'R | autoscaling | horizontalpodautoscalers horizontalpodautoscalers/status',
    'R | batch | cronjobs cronjobs/status jobs jobs/status',
    'R | extensions | daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
    'R | policy | poddisruptionbudgets poddisruptionbudgets/status',
    'R | networking.k8s.io | ingresses ingresses/status networkpolicies',
    'R | resource.k8s.io | resourceclaims resourceclaims/status resourceclaimtemplates',
  ],
  'system:heapster': ['R | core | events namespaces nodes pods', 'R | extensions | deployments'],
  'system:node': [
    'create | authentication.k8s.io | tokenreviews',
    'create | authorization.k8s.io | localsubjectaccessreviews subjectaccessreviews',
    'R | core | services',
    'create R | core | nodes',
    'patch update | core | nodes/status',
    'patch update | core | nodes',
    'create patch update | core | events',
    'R | core | pods',
    'create delete | core | pods',
    'patch update | core | pods/status',
    'create | core | pods/eviction',
    'R | core | configmaps secrets',
    'get | core | persistentvolumeclaims persistentvolumes',
    'get | core | endpoints',
    'create R | certificates.k8s.io | certificatesigningrequests',
    'create delete get patch update | coordination.k8s.io | leases',
    'get | storage.k8s.io | volumeattachments',
    'create | core | serviceaccounts/token',
    'get patch update | core | persistentvolumeclaims/status',
    'R | storage.k8s.io | csidrivers',
    'create delete get patch update | storage.k8s.io | csinodes',
    'R | node.k8s.io | runtimeclasses',
    'get | resource.k8s.io | resourceclaims',
    'deletecollection | resource.k8s.io | resourceslices',
    'get | core | serviceaccounts',
  ],
  'system:node-problem-detector': ['get | core | nodes', 'patch | core | nodes/status', 'E'],
  'system:kubelet-api-admin': [
    'R | core | nodes',
    'proxy | core | nodes',
    '* | core | nodes/log nodes/metrics nodes/proxy nodes/stats',
    '* | core | nodes/configz nodes/healthz nodes/pods',
  ],
  'system:node-bootstrapper': ['create R | certificates.k8s.io | certificatesigningrequests'],
  'system:auth-delegator': [
    'create | authentication.k8s.io | tokenreviews',
    'create | authorization.k8s.io | subjectaccessreviews',
  ],
  'system:kube-aggregator': ['R | core | endpoints services'],
  'system:kube-controller-manager': [
    'E',
    'create | coordination.k8s.io | leases',
    'get update | coordination.k8s.io | leases | kube-controller-manager',
    'create | core | secrets serviceaccounts',
    'delete | core | secrets',
    'get | core | configmaps namespaces secrets serviceaccounts',
    'update | core | secrets serviceaccounts',
    'create | authentication.k8s.io | tokenreviews',
    'create | authorization.k8s.io | subjectaccessreviews',
    'list watch | * | *',
    'create | core | serviceaccounts/token',
  ],
  'system:kube-dns': ['list watch | core | endpoints services'],
  'system:persistent-volume-provisioner': [
    'create delete R | core | persistentvolumes',
    'R update | core | persistentvolumeclaims',
    'R | storage.k8s.io | storageclasses',
    'watch | core | events',
    'E',
  ],
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': [
    'create | certificates.k8s.io | certificatesigningrequests/nodeclient',
  ],
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': [
    'create | certificates.k8s.io | certificatesigningrequests/selfnodeclient',
  ],
  'system:volume-scheduler': [
    'R patch update | core | persistentvolumes',
    'R | storage.k8s.io | storageclasses',
    'R patch update | core | persistentvolumeclaims',
  ],
  'system:certificates.k8s.io:legacy-unknown-approver': [
    'approve | certificates.k8s.io | signers | kubernetes.io/legacy-unknown',
  ],
  'system:certificates.k8s.io:kubelet-serving-approver': [
    'approve | certificates.k8s.io | signers | kubernetes.io/kubelet-serving',
  ],
  'system:certificates.k8s.io:kube-apiserver-client-approver': [
    'approve | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client',
  ],
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': [
    'approve | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client-kubelet',
  ],
  'system:service-account-issuer-discovery': [
    'get /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
  ],
  'system:node-proxier': [
    'list watch | core | endpoints services',
    'R | core | nodes',
    'E',
    'list watch | networking.k8s.io | servicecidrs',
    'list watch | discovery.k8s.io | endpointslices',
  ],
  'system:kube-scheduler': [
    'E',
    'create | coordination.k8s.io | leases',
    'get list update watch | coordination.k8s.io | leases | kube-scheduler',
    'R W | coordination.k8s.io | leasecandidates',
    'R | core | nodes',
    'delete R | core | pods',
    'create | core | bindings pods/binding',
    'patch update | core | pods/status',
    'R | core | replicationcontrollers services',
    'R | apps extensions | replicasets',
    'R | apps | statefulsets',
    'R | policy | poddisruptionbudgets',
    'R | core | persistentvolumeclaims persistentvolumes',
    'create | authentication.k8s.io | tokenreviews',
    'create | authorization.k8s.io | subjectaccessreviews',
    'R | storage.k8s.io | csinodes',
    'R | storage.k8s.io | volumeattachments',
    'R | core | namespaces',
    'R | storage.k8s.io | csidrivers',
    'R | storage.k8s.io | csistoragecapacities',
    'R | resource.k8s.io | deviceclasses',
    'R patch update | resource.k8s.io | resourceclaims',
    'R patch update | resource.k8s.io | resourceclaims/status',
    'patch update | resource.k8s.io | resourceclaims/binding',
    'update | core | pods/finalizers',
    'R | resource.k8s.io | resourceslices',
    'create delete | resource.k8s.io | resourceclaims',
  ],
  'slipway:node-network': [
    'list watch | core | namespaces nodes services',
    'list watch | discovery.k8s.io | endpointslices',
    'get | core | nodes',
  ],
};

/** ClusterRoles that gather the rules of others: name → label of those gathered, and labels of its own. */
export const aggregatedRoles: Readonly<Record<string, { readonly of: string; readonly into?: string }>> = {
  admin: { of: 'admin' },
  edit: { of: 'edit', into: 'admin' },
  view: { of: 'view', into: 'edit' },
};

/** Labels by which a default role is gathered into an aggregated one. */
export const aggregatedInto: Readonly<Record<string, string>> = {
  'system:aggregate-to-admin': 'admin',
  'system:aggregate-to-edit': 'edit',
  'system:aggregate-to-view': 'view',
};

/**
 * Who has the default ClusterRoles: `group NAME`, `user NAME` or `account NAMESPACE/NAME`. `slipway:node-network`
 * lets the network part of node agents, which runs as the node, see Services and other nodes.
 */
export const clusterRoleBindings: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['group system:masters'],
  'system:monitoring': ['group system:monitoring'],
  'system:discovery': ['group system:authenticated'],
  'system:basic-user': ['group system:authenticated'],
  'system:public-info-viewer': ['group system:authenticated', 'group system:unauthenticated'],
  'system:node-proxier': ['user system:kube-proxy'],
  'system:kube-controller-manager': ['user system:kube-controller-manager'],
  'system:kube-dns': ['account kube-system/kube-dns'],
  'system:kube-scheduler': ['user system:kube-scheduler'],
  'system:volume-scheduler': ['user system:kube-scheduler'],
  'system:node': [],
  'system:service-account-issuer-discovery': ['group system:serviceaccounts'],
  'slipway:node-network': ['group system:nodes'],
};
