import { forbidden, notSupported } from '@shared/api/field-errors.ts';
import { ApiError, type FieldError } from '@shared/api/status.ts';
import { isTrue } from '../request.ts';
import { badRequest } from './errors.ts';
import { parseInteger, parseResourceVersion } from './query.ts';

/** What a list or a watch asks for beside its selectors. Source: Kubernetes API concepts, "Resource versions". */
export interface ListOptions {
  /** Undefined: no limit. */
  readonly limit: number | undefined;
  /** '' when the list begins. */
  readonly continue: string;
  /** Undefined: the present. 0: anything that is at hand. */
  readonly resourceVersion: number | undefined;
  readonly resourceVersionMatch: 'Exact' | 'NotOlderThan' | undefined;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
  /** Undefined: as long as the server likes. */
  readonly timeoutSeconds: number | undefined;
}

/** Parses and checks the options of a list (or of a deletecollection). 422 for combinations that mean nothing. */
export function listOptions(query: URLSearchParams): ListOptions {
  return parseOptions(query, listErrors);
}

/** Parses and checks the options of a watch. */
export function watchOptions(query: URLSearchParams): ListOptions {
  return parseOptions(query, watchErrors);
}

function parseOptions(query: URLSearchParams, check: (query: URLSearchParams) => FieldError[]): ListOptions {
  const limit = parseInteger(query.get('limit'));
  const timeoutSeconds = parseInteger(query.get('timeoutSeconds'));
  const send = query.get('sendInitialEvents');
  const errors = check(query);
  if (errors.length > 0) throw ApiError.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  const token = query.get('continue') ?? '';
  const version = query.get('resourceVersion') ?? '';
  if (token !== '' && version !== '' && version !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
  const match = query.get('resourceVersionMatch');
  return {
    limit: limit !== undefined && limit > 0 ? limit : undefined,
    continue: token,
    resourceVersion: version === '' ? undefined : parseResourceVersion(version),
    resourceVersionMatch: match === 'Exact' || match === 'NotOlderThan' ? match : undefined,
    sendInitialEvents: send === null || send === '' ? undefined : isTrue(send),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds: timeoutSeconds === 0 ? undefined : timeoutSeconds,
  };
}

const matchField = 'resourceVersionMatch';

function listErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const match = query.get(matchField) ?? '';
  const version = query.get('resourceVersion') ?? '';
  if (match !== '') {
    if (version === '')
      errors.push(
        forbidden(matchField, 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      );
    if (query.get('continue'))
      errors.push(forbidden(matchField, 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(matchField, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && version === '0')
      errors.push(forbidden(matchField, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (query.get('sendInitialEvents'))
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const match = query.get(matchField) ?? '';
  const hasSend = (query.get('sendInitialEvents') ?? '') !== '';
  if (hasSend && match !== 'NotOlderThan')
    errors.push(
      forbidden(matchField, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    );
  if (match === '') return errors;
  if (!hasSend)
    errors.push(
      forbidden(
        matchField,
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ),
    );
  if (match !== 'NotOlderThan') errors.push(notSupported(matchField, match, ['NotOlderThan']));
  if (query.get('continue'))
    errors.push(forbidden(matchField, 'resourceVersionMatch is forbidden when continue is provided'));
  return errors;
}
