import { AppError } from '@shared/lib/app-error.ts';
import type { CreateCluster, NodeDriver, NodeSize } from '@shared/rpc/contract.ts';

/** Most nodes of each driver that a cluster may have. */
export const limits = { docker: 10, hollow: 5000 } as const;
const minimumMemoryBytes = 256 * 1024 * 1024;

/** RFC 1123 label of at most 30 characters: it becomes part of container, network and host names. */
export function parseClusterName(value: unknown): string {
  const name = parseText(value, 'name');
  if (!/^[a-z0-9]([-a-z0-9]{0,28}[a-z0-9])?$/.test(name)) {
    throw refused(
      `"${name}" cannot be a cluster's name.`,
      'Use at most 30 lowercase letters, digits and hyphens, beginning and ending with a letter or digit.',
    );
  }
  return name;
}

export function parseCreate(value: unknown): CreateCluster {
  const given = asRecord(value);
  const driver = parseDriver(given.driver);
  return {
    name: parseClusterName(given.name),
    driver,
    nodes: parseCount(given.nodes, 'nodes', { most: limits[driver] }),
    hollowNodes:
      given.hollowNodes === undefined
        ? 0
        : parseCount(given.hollowNodes, 'hollowNodes', { most: limits.hollow }),
    size: parseSize(given.size),
  };
}

export function parseNodeAdd(value: unknown): { driver: NodeDriver; count: number; size: NodeSize } {
  const given = asRecord(value);
  const driver = parseDriver(given.driver);
  return {
    driver,
    count: parseCount(given.count, 'count', { most: limits[driver], least: 1 }),
    size: parseSize(given.size),
  };
}

export function parseText(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw refused(`${name} is missing.`);
}

export function parseTexts(value: unknown, name: string): readonly string[] {
  if (Array.isArray(value) && value.length > 0) return value.map((item) => parseText(item, name));
  throw refused(`${name} is missing.`);
}

function parseDriver(value: unknown): NodeDriver {
  if (value === 'docker' || value === 'hollow') return value;
  throw refused(
    `"${String(value)}" is no node driver.`,
    'Use docker (real nodes) or hollow (simulated nodes).',
  );
}

function parseCount(
  value: unknown,
  name: string,
  { most, least = 0 }: { most: number; least?: number },
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw refused(`${name} must be a whole number from ${least} to ${most}.`);
}

function parseSize(value: unknown): NodeSize {
  if (value === undefined) return {};
  const { cpus, memoryBytes } = asRecord(value);
  if (cpus !== undefined && !(typeof cpus === 'number' && cpus >= 0.1 && cpus <= 1024)) {
    throw refused('cpus must be a number of cores from 0.1 on.');
  }
  if (memoryBytes !== undefined && !(typeof memoryBytes === 'number' && memoryBytes >= minimumMemoryBytes)) {
    throw refused('A node needs at least 256 MiB of memory.');
  }
  return { ...(cpus !== undefined && { cpus }), ...(memoryBytes !== undefined && { memoryBytes }) };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function refused(message: string, remedy?: string): AppError {
  return new AppError({ code: 'InvalidArgument', message, ...(remedy !== undefined && { remedy }) });
}
