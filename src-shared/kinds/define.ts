import type { KubeObject } from '../api/meta.ts';
import type { FieldError } from '../api/status.ts';
import type { DeepReadonly, JsonObject, Unchecked, UncheckedDraft } from '../lib/types.ts';
import type { Decoded } from '../schema/decode.ts';
import { strategyOfHub } from './conversion.ts';

/** How a cell is shown; the kubectl column `type` and `format` follow from it. */
export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'name';

/** One column, for kubectl's tables and for the window's lists alike. */
export interface Column<T> {
  /** Header in kubectl's spelling, e.g. `Up-to-date`; kubectl upper-cases it. */
  readonly name: string;
  readonly type: ColumnType;
  /** Shown by default when 0; with `-o wide` when 1. */
  readonly priority?: 0 | 1;
  readonly description: string;
  /** Value for one object. `date` columns return the RFC 3339 time; the presenter makes an age of it. */
  readonly cell: (object: Unchecked<T>, nowMs: number) => string | number | boolean | null;
}

/** A column that fits objects of every type. */
// biome-ignore lint/suspicious/noExplicitAny: a column of every object type
export type AnyColumn = Column<any>;

/** Where `/scale` finds its numbers; paths are dotted, without a leading dot. */
export interface ScalePaths {
  readonly specReplicas: string;
  readonly statusReplicas: string;
  /** Path of a LabelSelector, of its text, or of a plain map of labels. */
  readonly selector: string;
  /** Absent: a LabelSelector. */
  readonly selectorIs?: 'text' | 'labels';
}

/** Verbs a kind may leave out; absent means all. */
export type Verb = 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection';

/**
 * What may happen to an object on its way in. All functions are pure apart from editing the draft they are
 * handed, which is a private copy; none does I/O. Server effects that need other objects (ClusterIP
 * allocation, token minting, binding) are admission or subresource modules of the API server.
 */
export interface Strategy<T> {
  /** Fills in defaults of a new or changed object (after decoding, before admission). */
  readonly defaults?: (draft: UncheckedDraft<T>) => void;
  /** The same on update of `/status`, where all else in the draft is the stored object's own and read-only. */
  readonly defaultStatus?: (draft: UncheckedDraft<T>) => void;
  /**
   * Runs on create after defaulting, the name already generated: resets what clients may not set. The server
   * has set the generation and, unless `keepsStatusOnCreate`, removed `status`; what a new object's status
   * starts with is set here.
   */
  readonly prepareForCreate?: (draft: UncheckedDraft<T>) => void;
  /** The client's status is kept on create. True for nodes, which register with one. */
  readonly keepsStatusOnCreate?: boolean;
  /** Runs on update of the main resource: carries over what it may not change (status is done generically). `nowMs` is the server's time. */
  readonly prepareForUpdate?: (draft: UncheckedDraft<T>, old: DeepReadonly<T>, nowMs?: number) => void;
  /** Every field error of a new object. Name, labels, annotations and owner references are checked generically. */
  readonly validate?: (object: Unchecked<T>) => FieldError[];
  /** Field errors that only a new object can have. `validate` runs as well. */
  readonly validateCreate?: (object: Unchecked<T>) => FieldError[];
  /** Further field errors of a change, immutability above all. `validate` runs as well. */
  readonly validateUpdate?: (object: Unchecked<T>, old: DeepReadonly<T>) => FieldError[];
  /**
   * What the client is told of an object that was found valid: fields that are outdated or do nothing. `old` is there
   * on update. Each text is one warning of the answer.
   */
  warnings?(object: DeepReadonly<T>, old?: DeepReadonly<T>): string[];
  /**
   * Runs on an object that is asked to go, before its finalizers are looked at: adds those without which it would be
   * gone too soon. The draft's other fields are left alone.
   */
  readonly prepareForDelete?: (draft: UncheckedDraft<T>) => void;
  /** Runs on update of `/status`, spec already carried over by the server. `nowMs` is the server's time. */
  readonly prepareForStatusUpdate?: (draft: UncheckedDraft<T>, old: DeepReadonly<T>, nowMs?: number) => void;
  /** Further field errors of a change through `/status`; `validate` does not run. */
  readonly validateStatusUpdate?: (object: Unchecked<T>, old: DeepReadonly<T>) => FieldError[];
}

/** How an object's name is checked. */
export type NameRule = 'dns-subdomain' | 'dns-label' | 'path-segment';

/** How long deletion waits by default; absent means at once. */
export interface GracefulDeletion<T> {
  /** Seconds to grant; `asked` is what the request names, undefined when it names none. 0: delete at once. */
  readonly graceSeconds: (object: Unchecked<T>, asked?: number) => number;
}

/** How an object fares, in a colour and a word or two. */
export interface Health {
  readonly level: 'ok' | 'progress' | 'warn' | 'error' | 'done';
  readonly text: string;
}

/**
 * How the objects of a further version of a kind are made of the stored ones and back. Objects are stored as `hub`
 * alone: one history, one resourceVersion, seen in each version. Both functions take many objects at once, since a
 * custom resource's may ask a webhook; they answer in the same order, change nothing they are handed, and are exact
 * inverses as far as the version can say it (what it cannot say is kept in annotations, as Kubernetes does).
 *
 * Defaults, admission and validation see the object in the version of the request. A further version without a
 * `strategy` of its own has its hub's, applied to the converted object ({@link strategyOfHub}).
 */
export interface Conversion {
  readonly hub: AnyKind;
  toHub(objects: readonly DeepReadonly<JsonObject>[]): Promise<JsonObject[]> | JsonObject[];
  fromHub(objects: readonly DeepReadonly<JsonObject>[]): Promise<JsonObject[]> | JsonObject[];
}

/** Words for the window: where the kind stands in the side bar and how its state is summed up. */
export interface KindView<T> {
  readonly section: 'workloads' | 'network' | 'config' | 'storage' | 'access' | 'cluster' | 'custom';
  /** Plural for people, e.g. `Replica sets`. */
  readonly title: string;
  /** One sentence for the empty list: what this kind is for. */
  readonly purpose: string;
  /** How the object fares, for the coloured mark before its name; undefined when it has no health of its own. */
  readonly health?: (object: Unchecked<T>) => Health | undefined;
}

/**
 * A kind: one value, from which follow routes, discovery, OpenAPI, `kubectl explain`, defaulting, pruning,
 * validation, tables, patches, and the window's list, detail and editor. Nothing about a kind is written twice.
 */
export interface Kind<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly nameRule: NameRule;
  /** Name of the compiled schema, e.g. `io.k8s.api.core.v1.Pod`. */
  readonly schema: string;
  readonly verbs: readonly Verb[];
  readonly strategy: Strategy<T>;
  /**
   * Brings a request's object into shape instead of decoding it by its schema: custom resources are pruned, but not
   * typed; what is wrong with their values is told by validation.
   */
  readonly decode?: (value: JsonObject) => Decoded;
  /** Objects carry `metadata.generation`, raised on every change outside metadata and status. */
  readonly hasGeneration: boolean;
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  /** Further subresources served by modules of the API server, e.g. `log`, `exec`, `binding`. */
  readonly subresources: readonly string[];
  readonly gracefulDeletion?: GracefulDeletion<T>;
  /** So does a change of the annotations: deployments, whose controller copies them. */
  readonly annotationsRaiseGeneration?: boolean;
  /** An update must say which state it goes out from; without a resourceVersion it is refused. */
  readonly needsResourceVersion?: boolean;
  /** Told with every answer: this version is on its way out. */
  readonly deprecation?: string;
  /** A PUT of an object that is not there creates it. */
  readonly createsOnUpdate?: boolean;
  /** A deletion that removes an object answers with its last state; other kinds answer with a Status. */
  readonly returnsDeletedObject?: boolean;
  /** What a deleted object owned stays when the request says nothing of it: jobs, as from before there was a choice. */
  readonly orphansDependents?: boolean;
  /** Set for a further version of a kind that is stored in another one. */
  readonly conversion?: Conversion;
  /**
   * False for kinds whose objects are only answers (SubjectAccessReview, TokenReview): nothing is stored, a module
   * of the API server (`reviews/`) answers.
   */
  readonly stored: boolean;
  readonly columns: readonly Column<T>[];
  /** Field selectors beyond metadata.name and metadata.namespace. Missing values are ''. */
  readonly selectableFields: Readonly<Record<string, (object: Unchecked<T>) => string>>;
  /** Objects vanish by themselves this long after their last write (events: an hour). */
  readonly ttlSeconds?: number;
  readonly view: KindView<T>;
  /** Phantom: carries T; never present at run time. */
  readonly objectType?: T;
}

/** A kind with its object type forgotten, for code that serves all kinds alike. */
// biome-ignore lint/suspicious/noExplicitAny: the registry holds kinds of every object type
export type AnyKind = Kind<any>;

/** The object type of a kind. */
export type ObjectOf<K> = K extends Kind<infer T> ? T : never;

type Optional =
  | 'singular'
  | 'shortNames'
  | 'categories'
  | 'nameRule'
  | 'verbs'
  | 'strategy'
  | 'hasGeneration'
  | 'hasStatus'
  | 'stored'
  | 'subresources'
  | 'selectableFields';

/** What a kind.ts states; the rest has sensible values. */
export type KindDefinition<T extends KubeObject> = Omit<Kind<T>, Optional | 'objectType'> &
  Partial<Pick<Kind<T>, Optional>>;

/** What kinds allow that state nothing else. */
export const allVerbs: readonly Verb[] = [
  'create',
  'get',
  'list',
  'watch',
  'update',
  'patch',
  'delete',
  'deletecollection',
];

/** Completes a definition. Call it once, in the kind's own `kind.ts`, as `defineKind<Pod>({...})`. */
export function defineKind<T extends KubeObject>(definition: KindDefinition<T>): Kind<T> {
  return {
    singular: definition.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    nameRule: 'dns-subdomain',
    verbs: allVerbs,
    strategy: definition.conversion ? strategyOfHub(definition.conversion) : {},
    hasGeneration: false,
    hasStatus: false,
    stored: true,
    subresources: [],
    selectableFields: {},
    ...definition,
  };
}
