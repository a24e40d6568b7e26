import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { expect, test } from 'vitest';
import { byKind, type Found, goesWith } from './owned.ts';

const object = (uid: string, ...owners: string[]) => ({
  metadata: {
    uid,
    name: uid,
    ownerReferences: owners.map((owner) => ({ apiVersion: 'v1', kind: 'X', name: owner, uid: owner })),
  },
});
const all: Found[] = [
  { kind: podKind, object: object('pod', 'rs') },
  { kind: replicaSetKind, object: object('rs', 'web') },
  { kind: deploymentKind, object: object('web') },
  { kind: podKind, object: object('other', 'elsewhere') },
  { kind: podKind, object: object('shared', 'rs', 'elsewhere') },
];

test('owners take along what they own, by way of others too, whatever the order', () => {
  expect(goesWith([object('web')], all).map((found) => found.object.metadata?.uid)).toEqual(['rs', 'pod']);
});

test('an object with a further owner stays', () => {
  const found = goesWith([object('rs')], all).map((item) => item.object.metadata?.uid);
  expect(found).not.toContain('shared');
});

test('owners that own each other do not loop', () => {
  const circle: Found[] = [
    { kind: podKind, object: object('a', 'b') },
    { kind: podKind, object: object('b', 'a') },
  ];
  expect(goesWith([object('a', 'b')], circle).map((found) => found.object.metadata?.uid)).toEqual(['b']);
});

test('the preview is gathered by kind', () => {
  expect(
    byKind(goesWith([object('web')], all)).map(({ kind, objects }) => [kind.kind, objects.length]),
  ).toEqual([
    ['ReplicaSet', 1],
    ['Pod', 1],
  ]);
});
