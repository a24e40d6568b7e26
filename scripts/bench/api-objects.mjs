/** Objects of the API bench as a client sends them, `{n}` standing for a number. */

const labels = {
  app: 'bench',
  'pod-template-hash': '5d4f8c7b9',
  tier: 'backend',
  'app.kubernetes.io/name': 'bench',
};

/** About 1 KB as sent and 2 KB as stored. Its scheduler does not exist: what is measured is the API alone. */
export const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'bench-{n}',
    labels,
    annotations: {
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9090',
      'example.com/revision': '{n}',
    },
  },
  spec: {
    schedulerName: 'bench',
    containers: [
      {
        name: 'main',
        image: 'registry.example.com/team/backend:v1.24.3',
        args: ['--config=/etc/backend/config.yaml', '--listen=:8080', '--log-format=json'],
        env: [
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'DATABASE_URL', value: 'postgres://backend@database.default.svc:5432/backend' },
        ],
        ports: [{ name: 'http', containerPort: 8080 }],
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
        volumeMounts: [{ name: 'config', mountPath: '/etc/backend' }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: 'backend' } }],
  },
};

/** What a kubelet sends as a pod goes on: something new with each `{turn}`. */
export const statusPatch = {
  status: {
    phase: 'Running',
    podIP: '10.244.1.7',
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', message: 'turn {turn}' },
      { type: 'ContainersReady', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  },
};

export const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'bench-{n}',
    labels: { 'kubernetes.io/hostname': 'bench-{n}', 'kubernetes.io/os': 'linux' },
  },
  status: {
    capacity: { cpu: '8', memory: '16Gi', pods: '110' },
    allocatable: { cpu: '8', memory: '16Gi', pods: '110' },
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    nodeInfo: { kubeletVersion: 'v1.36.0', operatingSystem: 'linux', architecture: 'amd64' },
  },
};

export const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'bench-{n}', labels },
  data: { text: 'x'.repeat(800) },
};
