import type { CreateCluster, NodeDriver } from '@shared/rpc/contract.ts';

/** What stands in the form, as typed. */
export interface WizardFields {
  readonly name: string;
  readonly driver: NodeDriver;
  readonly nodes: string;
  /** '' for no limit. */
  readonly cpus: string;
  readonly memoryGiB: string;
}

export type WizardProblems = Partial<Record<keyof WizardFields, string>>;

export interface WizardLimits {
  /** Names in use. */
  readonly taken: readonly string[];
  readonly hostCpus: number;
  readonly hostMemoryBytes: number;
}

const gib = 1024 ** 3;
export const maxNodes: Readonly<Record<NodeDriver, number>> = { docker: 10, hollow: 5000 };

/** Every problem of the form, a sentence each that says how to mend it. */
export function validateWizard(fields: WizardFields, limits: WizardLimits): WizardProblems {
  const problems = {
    name: nameProblem(fields.name, limits.taken),
    nodes: nodesProblem(fields.nodes, fields.driver),
    cpus:
      fields.driver === 'docker'
        ? sizeProblem(fields.cpus, { min: 0.1, max: limits.hostCpus, unit: 'cores' })
        : undefined,
    memoryGiB:
      fields.driver === 'docker'
        ? sizeProblem(fields.memoryGiB, {
            min: 0.25,
            max: Math.floor((limits.hostMemoryBytes / gib) * 10) / 10,
            unit: 'GiB',
          })
        : undefined,
  };
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== undefined));
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

function nodesProblem(text: string, driver: NodeDriver): string | undefined {
  const max = maxNodes[driver];
  const count = Number(text);
  if (!/^\d+$/.test(text.trim()) || count < 1 || count > max)
    return `A whole number from 1 to ${max.toLocaleString('en')}.`;
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
  const { cpus, memoryGiB, driver } = fields;
  const size = {
    ...(cpus.trim() && { cpus: Number(cpus) }),
    ...(memoryGiB.trim() && { memoryBytes: Math.round(Number(memoryGiB) * gib) }),
  };
  return {
    name: fields.name,
    driver,
    nodes: Number(fields.nodes),
    ...(driver === 'docker' && Object.keys(size).length > 0 && { size }),
  };
}
