import type { AnyKind } from '@shared/kinds/define.ts';
import { expect, test } from 'vitest';
import { kinds } from '../data/window-kinds.ts';
import { planSideBar, type SideState, sideKey } from './side-kinds.ts';

const untouched: SideState = { open: {}, filter: '', current: undefined };

function seen(state: Partial<SideState>): Record<string, string[]> {
  const sections = planSideBar(kinds, { ...untouched, ...state });
  return Object.fromEntries(sections.map(({ id, shown }) => [id, shown.map((kind) => kind.kind)]));
}

test('at first, the kinds of every day are there, in an order of their own', () => {
  expect(seen({})).toMatchObject({
    cluster: ['Node', 'Namespace', 'Event', 'CustomResourceDefinition'],
    network: ['Service', 'EndpointSlice', 'Ingress', 'NetworkPolicy'],
    storage: [],
    access: [],
  });
});

test('every kind of the window can be reached', () => {
  const open = Object.fromEntries(
    planSideBar(kinds, untouched).flatMap(({ id }) => [
      [id, true],
      [`${id}/more`, true],
    ]),
  );
  const reached = planSideBar(kinds, { ...untouched, open }).flatMap(({ shown }) => shown.map(sideKey));
  expect(reached.toSorted()).toEqual(kinds.map(sideKey).toSorted());
});

test('the list on the page is in the side bar, wherever it is folded away', () => {
  expect(seen({ current: 'coordination.k8s.io/leases' }).cluster).toContain('Lease');
  expect(seen({ open: { workloads: false }, current: '/pods' }).workloads).toEqual(['Pod']);
});

test('a filter finds titles, names and short names in folded sections too', () => {
  expect(seen({ filter: 'pvc' })).toEqual({ storage: ['PersistentVolumeClaim'] });
  expect(seen({ filter: ' Webhook' })).toEqual({
    cluster: ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
  });
  expect(seen({ filter: 'nothing like it' })).toEqual({});
});

test('custom kinds stand in a section of their own, all of them, and can be folded away and found', () => {
  const custom = ['Bear', 'Zebra'].map((kind) => ({
    ...(kinds[0] as AnyKind),
    kind,
    plural: `${kind.toLowerCase()}s`,
    shortNames: [],
    view: { section: 'custom' as const, title: `${kind}s`, purpose: '' },
  }));
  const plan = (state: Partial<SideState>) =>
    planSideBar(custom, { ...untouched, ...state }).map(({ id, shown }) => [
      id,
      ...shown.map(({ kind }) => kind),
    ]);
  expect(plan({})).toEqual([['custom', 'Bear', 'Zebra']]);
  expect(plan({ open: { custom: false } })).toEqual([['custom']]);
  expect(plan({ filter: 'ze' })).toEqual([['custom', 'Zebra']]);
});
