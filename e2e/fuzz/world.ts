import type { Seeded } from '../../src-main/testing/seeded.ts';
import type { Json } from './mutations.ts';
import type { Attempt } from './target.ts';

/** An object that is there all the time, and must stay whole. */
export interface Victim {
  /** Path of the object itself. */
  readonly path: string;
  readonly manifest: { readonly [key: string]: Json };
  /** The stored object in protobuf. */
  readonly protobuf: Buffer;
}

/** A kind's collection and a good object of it. */
export interface Sample {
  readonly path: string;
  readonly manifest: { readonly [key: string]: Json };
}

export interface World {
  readonly victims: readonly [Victim, ...Victim[]];
  readonly samples: readonly [Sample, ...Sample[]];
}

export type Generator = (random: Seeded, world: World) => Attempt;

export const json = (value: unknown) => Buffer.from(JSON.stringify(value) ?? 'null');
export const jsonType = { 'content-type': 'application/json' };
