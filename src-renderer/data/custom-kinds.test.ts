import type { KubeObject } from '@shared/api/meta.ts';
import type { CustomResourceDefinition } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { type ClusterKinds, customKindsOf, followKinds } from './custom-kinds.ts';
import { createWritable } from './readable.ts';
import type { Snapshot } from './watch-store.ts';

function definition(
  kind: string,
  { group = 'example.com', isEstablished = true }: { group?: string; isEstablished?: boolean } = {},
): CustomResourceDefinition {
  const plural = `${kind.toLowerCase()}s`;
  const column = { name: 'Size', type: 'integer', jsonPath: '.spec.size' };
  const version = (name: string, rest: object = {}) => ({ name, served: true, storage: false, ...rest });
  return {
    metadata: { name: `${plural}.${group}`, uid: `${kind}-1`, generation: 1 },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind, shortNames: [kind.slice(0, 2).toLowerCase()] },
      versions: [
        version('v1beta1'),
        version('v1', {
          additionalPrinterColumns: [column],
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', description: `What a ${kind} is for.` } },
        }),
        version('v2', { served: false, storage: true }),
      ],
    },
    status: {
      conditions: [{ type: 'Established', status: isEstablished ? 'True' : 'False' }],
    },
  } as CustomResourceDefinition;
}

test('a definition becomes a kind: its best served version with its columns and words', () => {
  const [kind] = customKindsOf([definition('CronTab')]);
  expect(kind).toMatchObject({
    group: 'example.com',
    version: 'v1',
    kind: 'CronTab',
    plural: 'crontabs',
    namespaced: true,
    hasStatus: true,
    view: { section: 'custom', title: 'Cron tabs', purpose: 'What a CronTab is for.' },
  });
  expect(kind?.columns.map(({ name }) => name)).toEqual(['Name', 'Size']);
  const object = { metadata: { name: 'a' }, spec: { size: 3 } } as KubeObject;
  expect(kind?.columns[1]?.cell(object as never, { nowMs: 0 } as never)).toBe(3);
});

test('definitions that are not served yet are left out; the others stand by group', () => {
  const kinds = customKindsOf([
    definition('Zebra'),
    definition('Later', { isEstablished: false }),
    definition('Ape', { group: 'zoo.example' }),
    definition('Bear'),
  ]);
  expect(kinds.map(({ group, kind }) => `${group} ${kind}`)).toEqual([
    'example.com Bear',
    'example.com Zebra',
    'zoo.example Ape',
  ]);
});

test('kinds come and go with their definitions, and stay the same values in between', () => {
  const snapshot = (objects: readonly unknown[], synced = true) =>
    ({ objects, synced, error: undefined }) as Snapshot<KubeObject>;
  const definitions = createWritable(snapshot([], false));
  const kinds = followKinds({ watch: () => definitions });
  const custom = ({ kinds: all }: ClusterKinds) =>
    all.filter(({ view }) => view.section === 'custom').map(({ kind }) => kind);
  expect([kinds.get().isComplete, custom(kinds.get())]).toEqual([false, []]);
  definitions.set(snapshot([definition('CronTab')]));
  const first = kinds.get();
  expect([first.isComplete, custom(first)]).toEqual([true, ['CronTab']]);
  definitions.set(snapshot([definition('CronTab')]));
  expect(kinds.get()).toBe(first);
  const changed = definition('CronTab');
  changed.metadata = { ...changed.metadata, generation: 2 };
  definitions.set(snapshot([changed]));
  expect(kinds.get().revision).not.toBe(first.revision);
  definitions.set(snapshot([]));
  expect(custom(kinds.get())).toEqual([]);
});
