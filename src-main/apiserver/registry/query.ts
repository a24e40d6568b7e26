import { ApiError } from '@shared/api/status.ts';
import type { WriteOptions } from '../context.ts';
import type { ApiServerRequest } from '../request.ts';
import { badRequest } from './errors.ts';

const metaKinds = {
  create: { group: 'meta.k8s.io', kind: 'CreateOptions' },
  update: { group: 'meta.k8s.io', kind: 'UpdateOptions' },
  patch: { group: 'meta.k8s.io', kind: 'PatchOptions' },
  delete: { group: 'meta.k8s.io', kind: 'DeleteOptions' },
} as const;

/** Parses what a writing request asks for in its query. 422 for values Kubernetes does not know. */
export function writeOptions(request: ApiServerRequest, verb: keyof typeof metaKinds): WriteOptions {
  const { query } = request;
  const fieldManager = query.get('fieldManager') ?? '';
  if (fieldManager.length > 128) {
    throw invalidOption(
      verb,
      'fieldManager',
      `Invalid value: ${JSON.stringify(fieldManager)}: may not be more than 128 bytes`,
    );
  }
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (fieldValidation !== 'Ignore' && fieldValidation !== 'Warn' && fieldValidation !== 'Strict') {
    throw invalidOption(
      verb,
      'fieldValidation',
      `Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: "", "Ignore", "Strict", "Warn"`,
    );
  }
  return {
    user: request.user,
    dryRun: parseDryRun(query.getAll('dryRun'), verb),
    fieldManager: fieldManager || managerOf(request.userAgent),
    fieldValidation,
    asked: { fieldManager, fieldValidation: query.get('fieldValidation') ?? '' },
    force: parseBoolean(query.get('force'), 'force'),
    warnings: [],
  };
}

/** `dryRun=All`, once or more, is all there is. */
export function parseDryRun(values: readonly string[], verb: keyof typeof metaKinds): boolean {
  const unknown = values.find((value) => value !== 'All' && value !== '');
  if (unknown !== undefined) {
    throw invalidOption(
      verb,
      'dryRun',
      `Unsupported value: ${JSON.stringify(unknown)}: supported values: "All"`,
    );
  }
  return values.includes('All');
}

/** Go's notion of a boolean in a query. */
export function parseBoolean(text: string | null, name: string): boolean {
  if (text === null || text === '' || text === '0' || text === 'false') return false;
  if (text === '1' || text === 'true') return true;
  throw badRequest(`the query parameter ${name} must be true or false, not ${JSON.stringify(text)}`);
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
      `Invalid value: ${JSON.stringify(text)}: resourceVersion: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

function managerOf(userAgent: string): string {
  const name = userAgent.split('/', 1)[0]?.trim() ?? '';
  return (name || 'unknown').slice(0, 128);
}

function invalidOption(verb: keyof typeof metaKinds, field: string, message: string): ApiError {
  return ApiError.invalid(metaKinds[verb], '', [{ type: 'FieldValueNotSupported', field, message }]);
}
