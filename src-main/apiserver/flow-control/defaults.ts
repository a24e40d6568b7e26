import {
  everyRequest,
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
} from '@shared/kinds/flowcontrol/mandatory.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { DraftObject } from '../objects.ts';

export const flowControlGroup = 'flowcontrol.apiserver.k8s.io';
/** `true`: the server keeps the object's spec as it suggests; `false`: whoever runs the cluster does. */
export const autoupdateAnnotation = 'apf.kubernetes.io/autoupdate-spec';

/** A flow schema or priority level as every cluster has it. */
export interface DefaultObject {
  readonly plural: 'flowschemas' | 'prioritylevelconfigurations';
  /** Its spec is not for anybody to change (beyond the shares of `exempt`). */
  readonly isMandatory: boolean;
  readonly object: DeepReadonly<DraftObject>;
}

type Subject = Readonly<Record<string, unknown>>;
type Shares = readonly [nominalShares: number, lendablePercent: number];
type Queuing = readonly [queues: number, handSize: number];

const queueLengthLimit = 50;

const levels: Readonly<Record<string, readonly [Shares, Queuing]>> = {
  system: [
    [30, 33],
    [64, 6],
  ],
  'node-high': [
    [40, 25],
    [64, 6],
  ],
  'leader-election': [
    [10, 0],
    [16, 4],
  ],
  'workload-high': [
    [40, 50],
    [128, 6],
  ],
  'workload-low': [
    [100, 90],
    [128, 6],
  ],
  'global-default': [
    [20, 50],
    [128, 6],
  ],
};

const resources = (verbs: string[], apiGroup: string, names: string[], clusterScope = false) => ({
  verbs,
  apiGroups: [apiGroup],
  resources: names,
  ...(clusterScope && { clusterScope }),
  namespaces: ['*'],
});
const leaseVerbs = ['get', 'create', 'update'];
const groups = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'User', user: { name } }));
const systemAccounts = (...names: string[]): Subject[] =>
  names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } }));

const anybody = groups('system:unauthenticated', 'system:authenticated');
const controllerManager = 'system:kube-controller-manager';
const leases = { resourceRules: [resources(leaseVerbs, 'coordination.k8s.io', ['leases'])] };

interface Flow {
  readonly name: string;
  readonly precedence: number;
  readonly level: string;
  readonly by?: 'ByUser' | 'ByNamespace';
  readonly subjects: readonly Subject[];
  readonly rules: object;
}

const suggestedFlows: readonly Flow[] = [
  {
    name: 'probes',
    precedence: 2,
    level: 'exempt',
    subjects: anybody,
    rules: { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] },
  },
  {
    name: 'system-leader-election',
    precedence: 100,
    level: 'leader-election',
    by: 'ByUser',
    subjects: [...users(controllerManager, 'system:kube-scheduler'), ...systemAccounts('*')],
    rules: leases,
  },
  {
    name: 'endpoint-controller',
    precedence: 150,
    level: 'workload-high',
    by: 'ByUser',
    subjects: [
      ...users(controllerManager),
      ...systemAccounts('endpoint-controller', 'endpointslicemirroring-controller'),
    ],
    rules: { resourceRules: [resources(leaseVerbs, '', ['endpoints'])] },
  },
  {
    name: 'workload-leader-election',
    precedence: 200,
    level: 'leader-election',
    by: 'ByUser',
    subjects: systemAccounts('*'),
    rules: leases,
  },
  {
    name: 'system-node-high',
    precedence: 400,
    level: 'node-high',
    by: 'ByUser',
    subjects: groups('system:nodes'),
    rules: {
      resourceRules: [
        resources(['*'], '', ['nodes', 'nodes/status'], true),
        resources(['*'], 'coordination.k8s.io', ['leases']),
      ],
    },
  },
  {
    name: 'system-nodes',
    precedence: 500,
    level: 'system',
    by: 'ByUser',
    subjects: groups('system:nodes'),
    rules: everyRequest,
  },
  {
    name: 'kube-controller-manager',
    precedence: 800,
    level: 'workload-high',
    by: 'ByNamespace',
    subjects: users(controllerManager),
    rules: everyRequest,
  },
  {
    name: 'kube-scheduler',
    precedence: 800,
    level: 'workload-high',
    by: 'ByNamespace',
    subjects: users('system:kube-scheduler'),
    rules: everyRequest,
  },
  {
    name: 'kube-system-service-accounts',
    precedence: 900,
    level: 'workload-high',
    by: 'ByNamespace',
    subjects: systemAccounts('*'),
    rules: everyRequest,
  },
  {
    name: 'service-accounts',
    precedence: 9000,
    level: 'workload-low',
    by: 'ByUser',
    subjects: groups('system:serviceaccounts'),
    rules: everyRequest,
  },
  {
    name: 'global-default',
    precedence: 9900,
    level: 'global-default',
    by: 'ByUser',
    subjects: anybody,
    rules: everyRequest,
  },
];

/**
 * The flow schemas and priority levels of a new cluster, as kube-apiserver 1.36 makes them.
 * Source: Kubernetes, "API Priority and Fairness", "Defaults".
 */
export const defaultObjects: readonly DefaultObject[] = [
  ...Object.entries(mandatoryPriorityLevels).map(([name, spec]) => level(name, spec, true)),
  ...Object.entries(levels).map(([name, [[nominalConcurrencyShares, lendablePercent], queuing]]) => {
    const [queues, handSize] = queuing;
    const limitResponse = { type: 'Queue', queuing: { queues, handSize, queueLengthLimit } };
    const limited = { nominalConcurrencyShares, limitResponse, lendablePercent };
    return level(name, { type: 'Limited', limited }, false);
  }),
  ...Object.entries(mandatoryFlowSchemas).map(([name, spec]) => flowSchema(name, spec, true)),
  ...suggestedFlows.map((flow) => flowSchema(flow.name, specOf(flow), false)),
];

function level(name: string, spec: object, isMandatory: boolean): DefaultObject {
  const object = objectOf('PriorityLevelConfiguration', name, spec);
  return { plural: 'prioritylevelconfigurations', isMandatory, object };
}

function flowSchema(name: string, spec: object, isMandatory: boolean): DefaultObject {
  return { plural: 'flowschemas', isMandatory, object: objectOf('FlowSchema', name, spec) };
}

function specOf({ precedence, level: target, by, subjects, rules }: Flow): object {
  return {
    priorityLevelConfiguration: { name: target },
    matchingPrecedence: precedence,
    ...(by && { distinguisherMethod: { type: by } }),
    rules: [{ subjects, ...rules }],
  };
}

function objectOf(kind: string, name: string, spec: object): DraftObject {
  const metadata = { name, annotations: { [autoupdateAnnotation]: 'true' } };
  return { apiVersion: `${flowControlGroup}/v1`, kind, metadata, spec, status: {} };
}
