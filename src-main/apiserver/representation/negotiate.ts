import { apiVersionOf } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { messageName } from '../protobuf/messages.ts';

/** How objects are shown, as `Accept` asks. */
export type Shape = 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
export type Encoding = 'json' | 'yaml' | 'protobuf';

export interface Format {
  readonly shape: Shape;
  readonly encoding: Encoding;
  /** Of meta.k8s.io, for shapes other than Object. */
  readonly version: 'v1' | 'v1beta1';
}

/** What an answer can be. */
export interface Offer {
  /** Undefined for Status answers: they have one shape and every encoding. */
  readonly kind: Pick<AnyKind, 'group' | 'version' | 'kind' | 'verbs'> | undefined;
  /** A watch has no YAML. */
  readonly watch?: boolean;
}

export const protobufType = 'application/vnd.kubernetes.protobuf';

/** In the order in which a wildcard chooses. */
const encodings: readonly (readonly [string, Encoding])[] = [
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  [protobufType, 'protobuf'],
];

const plain: Format = { shape: 'Object', encoding: 'json', version: 'v1' };

/**
 * Chooses among the alternatives of an `Accept` header: by quality first, then in their order. 406 when none can be
 * had. Custom resources are never protobuf (their metadata alone is), tables neither; of what cannot be listed (reviews,
 * bindings) there are no tables.
 * Source: Kubernetes API concepts, "Receiving resources as Tables", "Metadata-only fetches", "Kubernetes Protobuf
 * encoding".
 */
export function negotiate(accept: string, offer: Offer): Format {
  if (accept === '' || accept === 'application/json' || accept === '*/*') return plain;
  const format = choose(accept, offer);
  if (format) return format;
  const types = encodings
    .filter(([, encoding]) => !offer.watch || encoding !== 'yaml')
    .map(([type]) => (offer.watch ? `${type};stream=watch` : type));
  throw ApiError.of('NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`);
}

/** How a refusal is told: a Status goes out as JSON rather than not at all. */
export function negotiateStatus(accept: string): Encoding {
  if (accept === '' || accept === 'application/json') return 'json';
  return choose(accept, { kind: undefined })?.encoding ?? 'json';
}

function choose(accept: string, offer: Offer): Format | undefined {
  for (const clause of clausesOf(accept)) {
    for (const [type, encoding] of encodings) {
      const format = clause.covers(type) ? formatOf(clause.parameters, encoding, offer) : undefined;
      if (format) return format;
    }
  }
  return undefined;
}

interface Clause {
  readonly quality: number;
  readonly isExact: boolean;
  readonly parameters: ReadonlyMap<string, string>;
  covers(type: string): boolean;
}

/** Clients send few different headers, but some of them with every request. */
const known = new Map<string, readonly Clause[]>();
const maxKnown = 200;

function clausesOf(accept: string): readonly Clause[] {
  let clauses = known.get(accept);
  if (!clauses) {
    if (known.size >= maxKnown) known.clear();
    clauses = accept
      .split(',')
      .map(parseClause)
      .filter(({ quality }) => quality > 0)
      .sort((a, b) => b.quality - a.quality || Number(b.isExact) - Number(a.isExact));
    known.set(accept, clauses);
  }
  return clauses;
}

function parseClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const wanted = type.toLowerCase();
  const parameters = new Map(
    rest.map((part) => [part.split('=', 1)[0] ?? '', part.slice(part.indexOf('=') + 1)]),
  );
  const quality = Number(parameters.get('q') ?? 1);
  return {
    quality: Number.isFinite(quality) ? quality : 1,
    isExact: !wanted.includes('*'),
    parameters,
    covers: (offered) => wanted === offered || wanted === '*/*' || wanted === 'application/*',
  };
}

function formatOf(
  parameters: ReadonlyMap<string, string>,
  encoding: Encoding,
  offer: Offer,
): Format | undefined {
  const { kind, watch = false } = offer;
  const stream = parameters.get('stream') ?? '';
  if (stream !== '' && (stream !== 'watch' || encoding === 'yaml')) return undefined;
  if (watch && encoding === 'yaml') return undefined;
  const as = parameters.get('as');
  if (as === undefined && !parameters.has('g') && !parameters.has('v')) {
    const hasMessage = !kind || messageName(apiVersionOf(kind), kind.kind) !== undefined;
    return encoding !== 'protobuf' || hasMessage ? { shape: 'Object', encoding, version: 'v1' } : undefined;
  }
  const version = parameters.get('v');
  if (!kind || parameters.get('g') !== 'meta.k8s.io') return undefined;
  if (version !== 'v1' && version !== 'v1beta1') return undefined;
  if (as === 'Table')
    return encoding !== 'protobuf' && kind.verbs.includes('list')
      ? { shape: as, encoding, version }
      : undefined;
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
    return { shape: as, encoding, version };
  return undefined;
}
