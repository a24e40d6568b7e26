import { parseFieldSelector, parseLabelSelector } from '@shared/api/selectors.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { ApiObject } from '../objects.ts';
import type { Selection } from '../watch/change.ts';
import { fieldValue } from '../watch/hub.ts';
import { badRequest } from './errors.ts';

/** What a list or watch asks for, parsed. */
export interface ParsedSelection extends Selection {
  /** No selector at all: every object in the namespace (or everywhere) qualifies. */
  readonly isEverything: boolean;
  /** Set when at most one object can match. */
  readonly name: string | undefined;
}

interface SelectionQuery {
  readonly namespace: string;
  readonly name: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

/** Compiles the selectors of a request. 400 when one is malformed or names a field the kind cannot be selected by. */
export function parseSelection(kind: AnyKind, query: SelectionQuery): ParsedSelection {
  const labels = parseLabelSelector(query.labelSelector);
  const terms = parseFieldSelector(query.fieldSelector);
  const fields = new Map<string, string>();
  for (const { field, operator, value } of terms) {
    if (!isSelectable(kind, field)) throw unsupportedField(kind, query, field);
    if (operator === '=') fields.set(field, value);
  }
  if (query.name !== '') {
    if (terms.length > 0 && fields.get('metadata.name') !== query.name)
      throw badRequest("fieldSelector metadata.name doesn't match requested name");
    fields.set('metadata.name', query.name);
  }
  const namespace = query.namespace || (kind.namespaced ? (fields.get('metadata.namespace') ?? '') : '');
  const name = fields.get('metadata.name');
  return {
    namespace,
    fields,
    name,
    isEverything: labels.isEverything && terms.length === 0 && query.name === '',
    matches(object: ApiObject) {
      if (namespace !== '' && object.metadata.namespace !== namespace) return false;
      if (query.name !== '' && object.metadata.name !== query.name) return false;
      for (const { field, operator, value } of terms) {
        if ((fieldValue(kind, field, object) === value) !== (operator === '=')) return false;
      }
      return labels.isEverything || labels.matches(object.metadata.labels ?? {});
    },
  };
}

function isSelectable(kind: AnyKind, field: string): boolean {
  if (field === 'metadata.name') return true;
  if (field === 'metadata.namespace') return kind.namespaced || !hasOwnFields(kind);
  return Object.hasOwn(kind.selectableFields, field);
}

function hasOwnFields(kind: AnyKind): boolean {
  return Object.keys(kind.selectableFields).length > 0;
}

function unsupportedField(kind: AnyKind, query: SelectionQuery, field: string) {
  const resource = `${kind.group}/${kind.version}, Resource=${kind.plural}`;
  const why = hasOwnFields(kind)
    ? `field label not supported: ${field}`
    : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  return badRequest(
    `Unable to find "${resource}" that match label selector "${query.labelSelector}", field selector "${query.fieldSelector}": ${why}`,
  );
}
