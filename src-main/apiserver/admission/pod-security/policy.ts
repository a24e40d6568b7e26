import { invalid } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { AppError } from '@shared/lib/app-error.ts';
import type { PodSecurityConfig } from '@shared/rpc/cluster-config.ts';
import { type Level, levels, type Standard } from './standards.ts';

/** What a namespace asks of its pods. */
export interface Policy {
  readonly enforce: Standard;
  readonly audit: Standard;
  readonly warn: Standard;
}

/** Settings of the whole cluster, as in Kubernetes' PodSecurityConfiguration. */
export interface PodSecurityOptions {
  readonly defaults: Policy;
  readonly exemptions: {
    readonly usernames: readonly string[];
    readonly namespaces: readonly string[];
    readonly runtimeClasses: readonly string[];
  };
}

const latest = Number.POSITIVE_INFINITY;
const privileged: Standard = { level: 'privileged', minor: latest };

export const noPodSecurity: PodSecurityOptions = {
  defaults: { enforce: privileged, audit: privileged, warn: privileged },
  exemptions: { usernames: [], namespaces: [], runtimeClasses: [] },
};

const prefix = 'pod-security.kubernetes.io/';

/** Settings as they are written down. AppError `InvalidArgument` with what is wrong with them. */
export function podSecurityOptions(config: PodSecurityConfig = {}): PodSecurityOptions {
  const { usernames = [], namespaces = [], runtimeClasses = [] } = config.exemptions ?? {};
  const asked = { enforce: 'privileged', audit: 'privileged', warn: 'privileged', ...config.defaults };
  const labels = Object.entries(asked).map(([mode, value]) => [`${prefix}${mode}`, value] as const);
  const { policy: defaults, errors } = policyOf(Object.fromEntries(labels), noPodSecurity.defaults);
  const [first] = errors;
  if (first)
    throw new AppError({
      code: 'InvalidArgument',
      message: `podSecurity.defaults: ${first.field}: ${first.message}`,
      remedy: 'Correct "podSecurity" in the cluster.json of the cluster.',
    });
  return { defaults, exemptions: { usernames, namespaces, runtimeClasses } };
}

/**
 * The policy in a namespace's labels and what is wrong with them. What cannot be read counts as restricted where it
 * is enforced and as privileged where it only informs, its version as the latest. A namespace that enforces more
 * than it says to warn of warns as much.
 */
export function policyOf(
  labels: Readonly<Record<string, string>>,
  defaults: Policy,
): { readonly policy: Policy; readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [];
  const read = (mode: keyof Policy): Standard => ({
    level: readLevel(mode, labels[`${prefix}${mode}`], errors) ?? defaults[mode].level,
    minor: readVersion(mode, labels[`${prefix}${mode}-version`], errors) ?? defaults[mode].minor,
  });
  const [enforce, audit, warn] = [read('enforce'), read('audit'), read('warn')];
  return { policy: { enforce, audit, warn: warnAsEnforced(labels, { enforce, warn }) }, errors };
}

function readLevel(mode: keyof Policy, text: string | undefined, errors: FieldError[]): Level | undefined {
  if (text === undefined || isLevel(text)) return text;
  errors.push(invalid(`metadata.labels[${prefix}${mode}]`, text, `must be one of ${levels.join(', ')}`));
  return mode === 'enforce' ? 'restricted' : 'privileged';
}

function readVersion(mode: keyof Policy, text: string | undefined, errors: FieldError[]): number | undefined {
  if (text === undefined) return undefined;
  const minor = text === 'latest' ? latest : Number(/^v1\.(0|[1-9][0-9]*)$/.exec(text)?.[1]);
  if (!Number.isNaN(minor)) return minor;
  errors.push(invalid(`metadata.labels[${prefix}${mode}-version]`, text, 'must be "latest" or "v1.x"'));
  return latest;
}

function warnAsEnforced(
  labels: Readonly<Record<string, string>>,
  { enforce, warn }: Pick<Policy, 'enforce' | 'warn'>,
): Standard {
  const enforced = labels[`${prefix}enforce`];
  if (enforced === undefined || !isLevel(enforced) || labels[`${prefix}warn`] !== undefined) return warn;
  if (levels.indexOf(enforce.level) <= levels.indexOf(warn.level)) return warn;
  return labels[`${prefix}warn-version`] === undefined ? enforce : { ...warn, level: enforce.level };
}

function isLevel(text: string): text is Level {
  return levels.some((level) => level === text);
}
