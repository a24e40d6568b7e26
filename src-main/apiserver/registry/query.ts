import { forbidden, notSupported, required } from '@shared/api/field-errors.ts';
import { validateFieldManager } from '@shared/api/object-meta.ts';
import { ApiError, type FieldError } from '@shared/api/status.ts';
import type { FieldValidation, WriteOptions } from '../context.ts';
import { type ApiServerRequest, isTrue } from '../request.ts';
import { badRequest } from './errors.ts';

const metaKinds = {
  create: { group: 'meta.k8s.io', kind: 'CreateOptions' },
  update: { group: 'meta.k8s.io', kind: 'UpdateOptions' },
  patch: { group: 'meta.k8s.io', kind: 'PatchOptions' },
  delete: { group: 'meta.k8s.io', kind: 'DeleteOptions' },
} as const;

type Verb = keyof typeof metaKinds;

/** Parses what a writing request asks for in its query. 422 names everything Kubernetes does not know. */
export function writeOptions(request: ApiServerRequest, verb: Verb): WriteOptions {
  const { query } = request;
  const fieldManager = query.get('fieldManager') ?? '';
  const asked = query.get('fieldValidation') ?? '';
  const errors = [
    ...(verb === 'patch' ? patchErrors(request) : []),
    ...(verb === 'delete' ? [] : validateFieldManager(fieldManager, 'fieldManager')),
    ...dryRunErrors(query.getAll('dryRun')),
  ];
  const fieldValidation = asked === '' ? 'Warn' : isFieldValidation(asked) ? asked : undefined;
  if (fieldValidation === undefined)
    errors.push(notSupported('fieldValidation', asked, ['', 'Ignore', 'Strict', 'Warn']));
  if (errors.length > 0) throw ApiError.invalid(metaKinds[verb], '', errors);
  return {
    user: request.user,
    verb,
    ...(request.audit && { auditAnnotations: request.audit.annotations }),
    dryRun: query.getAll('dryRun').includes('All'),
    fieldManager: fieldManager || managerOf(request.userAgent),
    fieldValidation: fieldValidation ?? 'Warn',
    asked: { fieldManager, fieldValidation: asked },
    force: isTrue(query.get('force')),
    warnings: request.warnings ?? [],
  };
}

function isFieldValidation(text: string): text is FieldValidation {
  return text === 'Ignore' || text === 'Warn' || text === 'Strict';
}

function patchErrors({ query, body }: ApiServerRequest): FieldError[] {
  const isApply = body.type !== 'none' && /^application\/apply-patch\+yaml\s*(;|$)/i.test(body.contentType);
  if (isApply) {
    return query.get('fieldManager') ? [] : [required('fieldManager', 'is required for apply patch')];
  }
  return query.has('force') ? [forbidden('force', 'may not be specified for non-apply patch')] : [];
}

/** `dryRun=All`, once or more, is all there is. */
export function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every((value) => value === 'All') ? [] : [notSupported('dryRun', values, ['All'])];
}

/** An integer of the query, or undefined when absent. */
export function parseInteger(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** A non-negative integer of the query, or undefined when absent. */
export function parseCount(text: string | null, name: string): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(
      `the query parameter ${name} must be a non-negative integer, not ${JSON.stringify(text)}`,
    );
  return Number(text);
}

/** A resourceVersion as clients send it back. 400 when it is none of ours. */
export function parseResourceVersion(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

function managerOf(userAgent: string): string {
  const name = userAgent.split('/', 1)[0]?.trim() ?? '';
  return (name || 'unknown').slice(0, 128);
}
