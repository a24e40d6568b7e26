import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { type Column, defineKind, type Health } from '../../define.ts';
import type { Node } from '../../wire.ts';
import { nodeAddress, nodeCondition, nodeRoles, nodeStatusText } from './node-status.ts';
import { nodeStrategy } from './node-strategy.ts';

const columns: readonly Column<Node>[] = [
  nameColumn(),
  {
    name: 'Status',
    type: 'string',
    description: 'Whether the node can run pods, and whether it takes new ones.',
    cell: nodeStatusText,
  },
  {
    name: 'Roles',
    type: 'string',
    description: 'Roles given to the node by labels.',
    cell: (node) => nodeRoles(node).join(',') || '<none>',
  },
  ageColumn(),
  {
    name: 'Version',
    type: 'string',
    description: 'Version of the kubelet.',
    cell: (node) => node.status?.nodeInfo?.kubeletVersion ?? '',
  },
  {
    name: 'Internal-IP',
    type: 'string',
    priority: 1,
    description: 'Address of the node within the cluster.',
    cell: (node) => nodeAddress(node, 'InternalIP') ?? '<none>',
  },
  {
    name: 'External-IP',
    type: 'string',
    priority: 1,
    description: 'Address of the node from outside the cluster.',
    cell: (node) => nodeAddress(node, 'ExternalIP') ?? '<none>',
  },
  {
    name: 'OS-Image',
    type: 'string',
    priority: 1,
    description: 'Operating system of the node.',
    cell: (node) => node.status?.nodeInfo?.osImage || '<unknown>',
  },
  {
    name: 'Kernel-Version',
    type: 'string',
    priority: 1,
    description: 'Kernel of the node.',
    cell: (node) => node.status?.nodeInfo?.kernelVersion || '<unknown>',
  },
  {
    name: 'Container-Runtime',
    type: 'string',
    priority: 1,
    description: 'Container runtime of the node and its version.',
    cell: (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  },
];

export const nodeKind = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',
  strategy: nodeStrategy,
  hasStatus: true,
  subresources: ['proxy'],
  columns,
  selectableFields: { 'spec.unschedulable': (node) => `${node.spec?.unschedulable ?? false}` },
  view: {
    section: 'cluster',
    title: 'Nodes',
    purpose: 'Nodes are the machines that run your pods.',
    health,
  },
});

const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];

function health(node: Unchecked<Node>): Health {
  const ready = nodeCondition(node, 'Ready');
  if (ready === undefined) return { level: 'progress', text: 'Not reported yet' };
  if (ready.status === 'Unknown') return { level: 'error', text: 'Unreachable' };
  if (ready.status !== 'True') return { level: 'error', text: 'Not ready' };
  const pressure = pressures.find((type) => nodeCondition(node, type)?.status === 'True');
  if (pressure !== undefined) return { level: 'warn', text: pressure };
  if (node.spec?.unschedulable === true) return { level: 'warn', text: 'Cordoned' };
  return { level: 'ok', text: 'Ready' };
}
