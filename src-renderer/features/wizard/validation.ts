import type { CreateCluster, DockerState, NodeDriver, NodeSize } from '@shared/rpc/contract.ts';

/** Size of a node, as typed; '' for no limit. */
export interface SizeFields {
  readonly cpus: string;
  readonly memoryGiB: string;
}

/** What stands in the form, as typed. */
export interface WizardFields extends SizeFields {
  readonly name: string;
  readonly driver: NodeDriver;
  readonly nodes: string;
  /** Simulated nodes beside Docker nodes. */
  readonly hollowNodes: string;
  readonly autostart: boolean;
}

export type WizardProblems = Partial<Record<keyof WizardFields, string>>;
export type SizeProblems = Partial<Record<keyof SizeFields, string>>;

export interface HostLimits {
  readonly hostCpus: number;
  readonly hostMemoryBytes: number;
}

export interface WizardLimits extends HostLimits {
  /** Names in use. */
  readonly taken: readonly string[];
}

const gib = 1024 ** 3;
export const maxNodes: Readonly<Record<NodeDriver, number>> = { docker: 10, hollow: 5000 };

/** Every problem of the form, a sentence each that says how to mend it. */
export function validateWizard(fields: WizardFields, limits: WizardLimits): WizardProblems {
  const docker = fields.driver === 'docker';
  return compact({
    name: nameProblem(fields.name, limits.taken),
    nodes: countProblem(fields.nodes, { min: 1, max: maxNodes[fields.driver] }),
    hollowNodes: docker ? countProblem(fields.hollowNodes, { min: 0, max: maxNodes.hollow }) : undefined,
    ...(docker && validateSize(fields, limits)),
  });
}

/** Problems of a node's size, for Docker nodes alone. */
export function validateSize(fields: SizeFields, limits: HostLimits): SizeProblems {
  return compact({
    cpus: sizeProblem(fields.cpus, { min: 0.1, max: limits.hostCpus, unit: 'cores' }),
    memoryGiB: sizeProblem(fields.memoryGiB, {
      min: 0.25,
      max: Math.floor((limits.hostMemoryBytes / gib) * 10) / 10,
      unit: 'GiB',
    }),
  });
}

function compact<T extends string>(
  problems: Partial<Record<T, string | undefined>>,
): Partial<Record<T, string>> {
  const entries = Object.entries(problems).filter(([, problem]) => problem !== undefined);
  return Object.fromEntries(entries) as Partial<Record<T, string>>;
}

/** Why Docker cannot be chosen; undefined when it can. */
export function dockerReason(docker: DockerState | null): string | undefined {
  if (docker === null) return 'Looking for Docker…';
  return docker.state === 'running' ? undefined : `${docker.message} ${docker.remedy}`;
}

export function nameProblem(name: string, taken: readonly string[]): string | undefined {
  if (name === '') return 'Give the cluster a name.';
  if (name.length > 30) return `At most 30 characters; this has ${name.length}.`;
  if (/[A-Z]/.test(name)) return `Lower case only: ${name.toLowerCase()}`;
  if (!/^[a-z0-9-]+$/.test(name)) return 'Only letters, digits and “-”.';
  if (!/^[a-z0-9].*[a-z0-9]$|^[a-z0-9]$/.test(name)) return 'Begin and end with a letter or digit.';
  if (taken.includes(name)) return `There is a cluster “${name}” already.`;
  return undefined;
}

/** What is wrong with a number of nodes. */
export function countProblem(text: string, { min, max }: { min: number; max: number }): string | undefined {
  const count = Number(text);
  if (!/^\d+$/.test(text.trim()) || count < min || count > max)
    return `A whole number from ${min} to ${max.toLocaleString('en')}.`;
  return undefined;
}

function sizeProblem(text: string, limit: { min: number; max: number; unit: string }): string | undefined {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < limit.min || value > limit.max)
    return `From ${limit.min} to ${limit.max} ${limit.unit}, or empty for no limit.`;
  return undefined;
}

/** The first of `dev`, `dev-2`, `dev-3` … that is free. */
export function suggestName(taken: readonly string[]): string {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? 'dev' : `dev-${n}`;
    if (!taken.includes(name)) return name;
  }
}

/** The call a valid form makes. */
export function toRequest(fields: WizardFields): CreateCluster {
  const { driver } = fields;
  const size = sizeOf(fields);
  const hollowNodes = Number(fields.hollowNodes);
  return {
    name: fields.name,
    driver,
    nodes: Number(fields.nodes),
    ...(driver === 'docker' && hollowNodes > 0 && { hollowNodes }),
    ...(driver === 'docker' && Object.keys(size).length > 0 && { size }),
  };
}

/** Cores and bytes of a valid size; nothing where nothing was given. */
export function sizeOf({ cpus, memoryGiB }: SizeFields): NodeSize {
  return {
    ...(cpus.trim() && { cpus: Number(cpus) }),
    ...(memoryGiB.trim() && { memoryBytes: Math.round(Number(memoryGiB) * gib) }),
  };
}
