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
};

const podTemplate = (indent: string) =>
  [`containers:`, `- name: web`, `  image: nginx:1.29`, `  ports:`, `  - containerPort: 80`]
    .map((line) => `${indent}${line}\n`)
    .join('');

const bodies: Readonly<Record<string, string>> = {
  '/Pod': `  labels:\n    app: web\nspec:\n${podTemplate('  ')}`,
  '/Service': 'spec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 80\n',
  '/ConfigMap': 'data:\n  key: value\n',
  '/Secret': 'type: Opaque\nstringData:\n  password: change-me\n',
  'apps/Deployment': `spec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n${podTemplate('      ')}`,
  'apps/ReplicaSet': `spec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n${podTemplate('      ')}`,
};
