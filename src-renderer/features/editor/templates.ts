import { apiVersionOf } from '@shared/api/meta.ts';
import type { AnyKind } from '@shared/kinds/define.ts';

/** First lines for a new object of the kind; well-known kinds get an example that works as it stands. */
export function templateOf(kind: AnyKind): string {
  const head = `apiVersion: ${apiVersionOf(kind)}\nkind: ${kind.kind}\nmetadata:\n  name: ${exampleNames[kind.kind] ?? 'example'}\n`;
  return head + (bodies[`${kind.group}/${kind.kind}`] ?? '');
}

const exampleNames: Readonly<Record<string, string>> = {
  Deployment: 'web',
  Service: 'web',
  Pod: 'web',
  ReplicaSet: 'web',
  Ingress: 'web',
  HorizontalPodAutoscaler: 'web',
  PodDisruptionBudget: 'web',
  CustomResourceDefinition: 'widgets.example.com',
};

const container = `containers:
- name: web
  image: nginx:1.29
  ports:
  - containerPort: 80
`;
const task = `restartPolicy: Never
containers:
- name: task
  image: busybox:1.37
  command: [sh, -c, 'echo done']
`;
const selector = `selector:
  matchLabels:
    app: web
`;
const labelled = `template:
  metadata:
    labels:
      app: web
  spec:
${indent(container, 4)}`;
const rules = `rules:
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch]
`;
const subjects = `subjects:
- kind: ServiceAccount
  name: default
  namespace: default
`;

/** What follows the metadata, by group and kind. */
const bodies: Readonly<Record<string, string>> = {
  '/Pod': `  labels:\n    app: web\nspec:\n${indent(container, 2)}`,
  '/Service': 'spec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 80\n',
  '/ConfigMap': 'data:\n  key: value\n',
  '/Secret': 'type: Opaque\nstringData:\n  password: change-me\n',
  '/ResourceQuota': "spec:\n  hard:\n    pods: '20'\n    requests.cpu: '4'\n    requests.memory: 4Gi\n",
  '/LimitRange':
    'spec:\n  limits:\n  - type: Container\n    defaultRequest:\n      cpu: 100m\n      memory: 64Mi\n',
  '/PersistentVolumeClaim':
    'spec:\n  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n',
  'apps/Deployment': `spec:\n  replicas: 2\n${indent(selector + labelled, 2)}`,
  'apps/ReplicaSet': `spec:\n  replicas: 2\n${indent(selector + labelled, 2)}`,
  'apps/StatefulSet': `spec:\n  serviceName: example\n  replicas: 2\n${indent(selector + labelled, 2)}`,
  'apps/DaemonSet': `spec:\n${indent(selector + labelled, 2)}`,
  'batch/Job': `spec:\n  template:\n    spec:\n${indent(task, 6)}`,
  'batch/CronJob': `spec:\n  schedule: '0 3 * * *'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n${indent(task, 10)}`,
  'autoscaling/HorizontalPodAutoscaler': `spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 1
  maxReplicas: 5
  metrics:
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: 60
`,
  'policy/PodDisruptionBudget': `spec:\n  minAvailable: 1\n${indent(selector, 2)}`,
  'networking.k8s.io/Ingress': `spec:
  rules:
  - host: web.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: web
            port:
              number: 80
`,
  'networking.k8s.io/NetworkPolicy': `spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector: {}
`,
  'rbac.authorization.k8s.io/Role': rules,
  'rbac.authorization.k8s.io/ClusterRole': rules,
  'rbac.authorization.k8s.io/RoleBinding': `roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: view\n${subjects}`,
  'rbac.authorization.k8s.io/ClusterRoleBinding': `roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: view\n${subjects}`,
  'scheduling.k8s.io/PriorityClass': 'value: 1000\n',
  'apiextensions.k8s.io/CustomResourceDefinition': `spec:
  group: example.com
  scope: Namespaced
  names:
    plural: widgets
    singular: widget
    kind: Widget
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size:
                type: integer
`,
};

function indent(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}
