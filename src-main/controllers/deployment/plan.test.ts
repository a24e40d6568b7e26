import type { Deployment, ReplicaSet } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { planDeployment } from './plan.ts';

/**
 * A deployment, its replica sets and their pods, reduced to numbers: plans are carried out as the API server
 * would, pods become available or vanish one step later. Checks at every step that the limits hold.
 */
class Simulation {
  deployment: Deployment;
  sets: ReplicaSet[] = [];
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  /** Images whose pods never become available. */
  readonly broken = new Set<string>();
  #names = 0;

  constructor(spec: Partial<NonNullable<Deployment['spec']>>) {
    this.deployment = {
      metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1, annotations: {} },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        ...spec,
        template: template('v1'),
      } as NonNullable<Deployment['spec']>,
    };
  }

  change(spec: Partial<NonNullable<Deployment['spec']>>): void {
    const generation = (this.deployment.metadata?.generation ?? 0) + 1;
    const { metadata } = this.deployment;
    const merged = { ...this.deployment.spec, ...spec } as NonNullable<Deployment['spec']>;
    this.deployment = { ...this.deployment, metadata: { ...metadata, generation }, spec: merged };
  }

  /** One plan, carried out. Returns whether it changed anything. */
  step(): boolean {
    const plan = planDeployment({
      deployment: this.deployment,
      replicaSets: this.sets,
      podsOf: () => [],
      nowMs: this.nowMs,
    });
    if (plan.create) {
      this.#names += 1;
      const metadata = {
        ...plan.create.metadata,
        uid: `rs-${this.#names}`,
        generation: 1,
        creationTimestamp: new Date(this.nowMs + this.#names * 1000).toISOString(),
      };
      this.sets.push({ ...plan.create, metadata, status: { replicas: 0, observedGeneration: 1 } });
    }
    for (const { source, replicas, annotations } of plan.patches) {
      this.sets = this.sets.map((set) => {
        if (set.metadata?.uid !== source.metadata?.uid) return set;
        const metadata = { ...set.metadata, ...(annotations && { annotations: { ...annotations } }) };
        const spec = { ...set.spec, ...(replicas !== undefined && { replicas }) } as NonNullable<
          ReplicaSet['spec']
        >;
        return { ...set, metadata, spec };
      });
    }
    this.sets = this.sets.filter(({ metadata }) =>
      plan.remove.every((gone) => gone.metadata?.uid !== metadata?.uid),
    );
    const { metadata } = this.deployment;
    const annotations = {
      ...metadata?.annotations,
      ...(plan.revision !== undefined && { 'deployment.kubernetes.io/revision': plan.revision }),
    };
    const status = plan.status ?? this.deployment.status;
    this.deployment = {
      ...this.deployment,
      metadata: { ...metadata, annotations },
      ...(status && { status }),
    };
    return Boolean(plan.create || plan.patches.length || plan.remove.length || plan.status || plan.revision);
  }

  /** Every replica set gets the pods it wants; those of good images become available. */
  settlePods(): void {
    this.sets = this.sets.map((set) => {
      const replicas = set.spec?.replicas ?? 0;
      const isBroken = this.broken.has(imageOf(set));
      const available = isBroken ? 0 : replicas;
      const status = {
        replicas,
        readyReplicas: available,
        availableReplicas: available,
        observedGeneration: 1,
      };
      return { ...set, status };
    });
  }

  /** Runs until nothing changes; `check` sees every state between. */
  run(check: () => void = () => undefined): void {
    for (let i = 0; i < 500; i += 1) {
      const changed = this.step();
      check();
      const before = JSON.stringify(this.sets);
      this.settlePods();
      check();
      if (!changed && JSON.stringify(this.sets) === before) return;
    }
    throw new Error('the deployment never settles');
  }

  get wantedPods(): number {
    return this.sets.reduce((sum, { spec }) => sum + (spec?.replicas ?? 0), 0);
  }

  get availablePods(): number {
    return this.sets.reduce(
      (sum, { spec, status }) => sum + Math.min(spec?.replicas ?? 0, status?.availableReplicas ?? 0),
      0,
    );
  }

  sizes(): Record<string, number> {
    return Object.fromEntries(this.sets.map((set) => [imageOf(set), set.spec?.replicas ?? 0]));
  }

  condition(type: string) {
    return this.deployment.status?.conditions?.find((condition) => condition.type === type);
  }
}

function template(image: string) {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } };
}

function imageOf(set: ReplicaSet): string {
  return set.spec?.template?.spec?.containers[0]?.image ?? '';
}

const limits = [
  { replicas: 1, maxSurge: '25%', maxUnavailable: '25%', surge: 1, unavailable: 0 },
  { replicas: 3, maxSurge: 1, maxUnavailable: 0, surge: 1, unavailable: 0 },
  { replicas: 3, maxSurge: 0, maxUnavailable: 1, surge: 0, unavailable: 1 },
  { replicas: 4, maxSurge: 0, maxUnavailable: 0, surge: 0, unavailable: 1 },
  { replicas: 10, maxSurge: '25%', maxUnavailable: '25%', surge: 3, unavailable: 2 },
  { replicas: 7, maxSurge: '100%', maxUnavailable: '100%', surge: 7, unavailable: 7 },
  { replicas: 5, maxSurge: 5, maxUnavailable: 0, surge: 5, unavailable: 0 },
];

test.each(limits)(
  'a rollout of $replicas never has more than $surge pods too many nor $unavailable too few',
  ({ replicas, maxSurge, maxUnavailable, surge, unavailable }) => {
    const rollingUpdate = { maxSurge, maxUnavailable } as never;
    const world = new Simulation({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } });
    world.run();
    world.change({ template: template('v2') });
    world.run(() => {
      expect(world.wantedPods).toBeLessThanOrEqual(replicas + surge);
      expect(world.availablePods).toBeGreaterThanOrEqual(replicas - unavailable);
    });
    expect(world.sizes()).toEqual({ v1: 0, v2: replicas });
  },
);

test('tells of a finished rollout as kubectl rollout status expects', () => {
  const world = new Simulation({});
  world.run();
  const [set] = world.sets;
  expect(world.deployment.status).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
    unavailableReplicas: 0,
  });
  expect(world.condition('Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
  expect(world.condition('Progressing')).toMatchObject({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
    message: `ReplicaSet "${set?.metadata?.name}" has successfully progressed.`,
  });
  expect(set?.metadata?.name).toBe(`web-${set?.metadata?.labels?.['pod-template-hash']}`);
  expect(set?.spec?.selector.matchLabels?.['pod-template-hash']).toBe(
    set?.metadata?.labels?.['pod-template-hash'],
  );
});

test('a broken template stops the rollout at the limits, and times out', () => {
  const world = new Simulation({ replicas: 4 });
  world.run();
  world.broken.add('bad');
  world.change({ template: template('bad') });
  world.run();
  expect(world.sizes()).toEqual({ v1: 3, bad: 2 });
  expect(world.condition('Available')?.status).toBe('True');
  expect(world.condition('Progressing')?.reason).toBe('ReplicaSetUpdated');
  world.nowMs += 601_000;
  world.run();
  expect(world.condition('Progressing')).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
  });
});

test('a revision may be any 64-bit number', () => {
  const world = new Simulation({});
  world.run();
  const annotations = { 'deployment.kubernetes.io/revision': '3546343826724305832' };
  world.sets = world.sets.map((set) => ({ ...set, metadata: { ...set.metadata, annotations } }));
  world.change({ template: template('v2') });
  world.run();
  expect(world.deployment.metadata?.annotations).toEqual({
    'deployment.kubernetes.io/revision': '3546343826724305833',
  });
});

test('a rollback brings the old replica set back under a new revision', () => {
  const world = new Simulation({});
  world.run();
  world.change({ template: template('v2') });
  world.run();
  world.change({ template: template('v1') });
  world.run();
  expect(world.sizes()).toEqual({ v1: 3, v2: 0 });
  const notes = world.sets.map(({ metadata }) => metadata?.annotations);
  expect(notes[0]).toMatchObject({
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  });
  expect(notes[1]).toMatchObject({ 'deployment.kubernetes.io/revision': '2' });
  expect(world.deployment.metadata?.annotations).toEqual({ 'deployment.kubernetes.io/revision': '3' });
});

test('a second change during a rollout abandons the first one', () => {
  const world = new Simulation({ replicas: 10 });
  world.run();
  world.broken.add('bad');
  world.change({ template: template('bad') });
  world.run();
  world.change({ template: template('v3') });
  world.run();
  expect(world.sizes()).toEqual({ v1: 0, bad: 0, v3: 10 });
});

test('scaling during a rollout keeps the proportions of old and new', () => {
  const world = new Simulation({
    replicas: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } as never },
  });
  world.run();
  world.broken.add('v2');
  world.change({ template: template('v2') });
  world.run();
  expect(world.sizes()).toEqual({ v1: 8, v2: 5 });
  world.change({ replicas: 15 });
  world.step();
  expect(world.sizes()).toEqual({ v1: 11, v2: 7 });
});

test('a paused deployment scales but does not roll out, and resumes', () => {
  const world = new Simulation({});
  world.run();
  world.change({ paused: true, template: template('v2'), replicas: 5 });
  world.run();
  expect(world.sizes()).toEqual({ v1: 5 });
  expect(world.condition('Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
  world.change({ paused: false });
  world.step();
  expect(world.condition('Progressing')?.reason).not.toBe('DeploymentPaused');
  world.run();
  expect(world.sizes()).toEqual({ v1: 0, v2: 5 });
});

test('Recreate ends every old pod before the first new one starts', () => {
  const world = new Simulation({ strategy: { type: 'Recreate' } });
  world.run();
  world.change({ template: template('v2') });
  world.run(() => {
    const [old, fresh] = world.sets;
    if ((fresh?.spec?.replicas ?? 0) > 0) expect(old?.status?.replicas).toBe(0);
  });
  expect(world.sizes()).toEqual({ v1: 0, v2: 3 });
});

test('keeps as many old revisions as the limit says, the newest ones', () => {
  const world = new Simulation({ revisionHistoryLimit: 2 });
  for (const image of ['v1', 'v2', 'v3', 'v4', 'v5']) {
    world.change({ template: template(image) });
    world.run();
  }
  expect(Object.keys(world.sizes())).toEqual(['v3', 'v4', 'v5']);
});

test('scaling to zero and back leaves one replica set and no unavailability verdict', () => {
  const world = new Simulation({});
  world.run();
  world.change({ replicas: 0 });
  world.run();
  expect(world.sizes()).toEqual({ v1: 0 });
  expect(world.condition('Available')?.status).toBe('True');
  world.change({ replicas: 2 });
  world.run();
  expect(world.sizes()).toEqual({ v1: 2 });
});

test('an empty selector is refused with a warning and nothing else', () => {
  const world = new Simulation({ selector: {} });
  const { deployment, nowMs } = world;
  const plan = planDeployment({ deployment, replicaSets: [], podsOf: () => [], nowMs });
  expect(plan).toEqual({ selectsEverything: true, patches: [], remove: [] });
});

test('the hash label of the template and the order of its keys make no difference', () => {
  const world = new Simulation({});
  world.run();
  const { metadata, spec } = template('v1');
  world.change({ template: { spec: { containers: [{ image: 'v1', name: 'web' }] }, metadata } as never });
  expect(spec).toBeDefined();
  world.run();
  expect(world.sizes()).toEqual({ v1: 3 });
});
