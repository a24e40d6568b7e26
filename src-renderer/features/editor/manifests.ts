import type { AnyKind } from '@shared/kinds/define.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { Manifest } from '../../data/apply.ts';
import { kindOf } from '../../resource/kind-paths.ts';
import { type ManifestDocument, objectsOf, parseText } from './documents.ts';
import { textError } from './text-error.ts';

/** An object of the text, ready to be sent, or why it is not. */
export type Planned =
  | {
      readonly id: string;
      readonly title: string;
      readonly line: number;
      readonly offset: number;
      readonly manifest: Manifest;
    }
  | {
      readonly id: string;
      readonly title: string;
      readonly line: number;
      readonly offset: number;
      readonly manifest: undefined;
      readonly error: unknown;
    };

/** The objects of a text in order; those without a namespace get `namespace`. */
export function planText(text: string, namespace: string, kinds?: readonly AnyKind[]): readonly Planned[] {
  const { documents, lineOf } = parseText(text);
  return documents.flatMap((document, index): Planned[] => {
    const base = { id: `${index}`, line: document.line, offset: document.from };
    if (document.object === undefined) {
      const [broken] = document.parsed.errors;
      const line = broken ? lineOf(Math.min(broken.pos[0], text.length)) : document.line;
      return [
        {
          ...base,
          title: `Document at line ${document.line}`,
          manifest: undefined,
          error: textError(`Line ${line}: ${broken?.message ?? 'not a manifest'}`),
        },
      ];
    }
    return objectsOf(document).map((object, part) =>
      planObject({ ...base, id: `${index}.${part}` }, object, { namespace, document, kinds }),
    );
  });
}

function planObject(
  base: { id: string; line: number; offset: number },
  object: JsonObject,
  {
    namespace,
    document,
    kinds,
  }: { namespace: string; document: ManifestDocument; kinds: readonly AnyKind[] | undefined },
): Planned {
  const metadata = (object.metadata ?? {}) as { name?: unknown; generateName?: unknown; namespace?: unknown };
  const kindName = String(object.kind ?? '');
  const name = typeof metadata.name === 'string' ? metadata.name : '';
  const title = [kindName || 'Document', name].filter(Boolean).join(' ');
  const kind = kindOf({ apiVersion: String(object.apiVersion ?? ''), kind: kindName }, kinds);
  const fail = (message: string): Planned => ({
    ...base,
    title,
    manifest: undefined,
    error: textError(`Line ${document.line}: ${message}`),
  });
  if (kindName === '' || !object.apiVersion)
    return fail('apiVersion and kind say what this is; they are missing.');
  if (kind === undefined)
    return fail(`this cluster serves no kind “${kindName}” in ${String(object.apiVersion)}.`);
  if (name === '' && typeof metadata.generateName !== 'string') return fail('metadata.name is missing.');
  if (!kind.namespaced) return { ...base, title, manifest: { kind, ref: { name }, object } };
  const where =
    typeof metadata.namespace === 'string' && metadata.namespace !== '' ? metadata.namespace : namespace;
  const placed: JsonObject = {
    ...object,
    metadata: { ...(object.metadata as JsonObject), namespace: where },
  };
  return {
    ...base,
    title,
    manifest: { kind, ref: { namespace: where, name }, object: placed },
  };
}
