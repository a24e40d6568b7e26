import { type LabelMatcher, type LabelSelectorLike, labelMatcherOf } from '@shared/api/selectors.ts';
import { ApiError } from '@shared/api/status.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { findStored } from '../lookup.ts';
import { isNamespace, type Subject } from './subject.ts';

/** Which namespaces' and which objects' requests are looked at. Compiled once. */
export interface Selectors {
  readonly namespace: LabelMatcher;
  readonly object: LabelMatcher;
}

export function compileSelectors(selectors: {
  readonly namespaceSelector?: DeepReadonly<LabelSelectorLike> | undefined;
  readonly objectSelector?: DeepReadonly<LabelSelectorLike> | undefined;
}): Selectors {
  return {
    namespace: labelMatcherOf((selectors.namespaceSelector ?? {}) as LabelSelectorLike),
    object: labelMatcherOf((selectors.objectSelector ?? {}) as LabelSelectorLike),
  };
}

/** Requests for cluster-scoped objects pass every namespace selector. Rejects with 404 when there is no namespace. */
export async function selectsSubject({ namespace, object }: Selectors, subject: Subject): Promise<boolean> {
  if (!object.isEverything && !selectsObject(object, subject)) return false;
  if (namespace.isEverything || subject.namespace === '') return true;
  return namespace.matches(await namespaceLabels(subject));
}

/** The new or the old object has to match; where there is neither, nothing does. */
function selectsObject(matcher: LabelMatcher, { object, oldObject }: Subject): boolean {
  return [object, oldObject].some((one) => one && matcher.matches(labelsOf(one)));
}

function labelsOf({ metadata }: JsonObject): Readonly<Record<string, string>> {
  const labels = isJsonObject(metadata) ? metadata.labels : undefined;
  return isJsonObject(labels) ? (labels as Readonly<Record<string, string>>) : {};
}

async function namespaceLabels(subject: Subject): Promise<Readonly<Record<string, string>>> {
  const { request, object, namespace } = subject;
  if (isNamespace(request) && subject.subresource === '' && object && subject.operation !== 'DELETE')
    return labelsOf(object);
  const found = await findStored(request.server, namespaceKind, { name: namespace });
  if (!found) throw ApiError.notFound(namespaceKind, namespace);
  return found.metadata?.labels ?? {};
}
