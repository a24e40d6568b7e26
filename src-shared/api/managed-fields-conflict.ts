import { type FieldSet, formatPath, pathsOf } from './field-set.ts';
import type { Manager } from './managers.ts';
import { ApiError } from './status.ts';

export interface Conflict {
  readonly manager: Manager;
  /** What it owns and the request would change; may be empty. */
  readonly fields: FieldSet;
}

/** The error kubectl explains to its user: every field, by manager, in the message and as a cause. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const found = conflicts.flatMap(({ manager, fields }) =>
    [...pathsOf(fields)].map((path) => ({ manager: managerText(manager), field: formatPath(path) })),
  );
  const causes = found.map(({ manager, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${manager}`,
    field,
  }));
  return ApiError.of('Conflict', conflictMessage(found), { causes });
}

function conflictMessage(found: readonly { readonly manager: string; readonly field: string }[]): string {
  const [first] = found;
  if (found.length === 1 && first)
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`;
  const managers = [...new Set(found.map(({ manager }) => manager))].sort();
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...found.filter((conflict) => conflict.manager === manager).map(({ field }) => `- ${field}`),
  ]);
  return `Apply failed with ${found.length} conflicts: ${lines.join('\n')}`;
}

function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const named =
    JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${named} using ${apiVersion}` : named;
}
