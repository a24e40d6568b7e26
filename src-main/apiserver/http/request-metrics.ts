import { Histogram, type MetricsText } from '@shared/lib/metrics-text.ts';
import type { Attributes } from '../auth/authorizer.ts';
import { isStream } from './deadline.ts';

/** What a request asked for. Without attributes it was refused before it was known who asks. */
export interface CountedRequest {
  readonly method: string;
  readonly attributes?: Attributes | undefined;
  readonly query?: URLSearchParams | undefined;
  readonly contentType?: string | undefined;
}

export interface WatchedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** Upper bounds in seconds, as kube-apiserver's. */
const bounds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly codes: Map<number, number>;
  readonly seconds: Histogram;
  /** Watches and streams that are open; undefined where there never was one. */
  open: number | undefined;
}

/** Names of resources come from paths that anybody may make up: beyond this many, they share one series. */
const maxSeries = 2000;

/** Counts requests over HTTP and the events of watches, under Kubernetes' names. */
export class RequestMetrics {
  readonly #series = new Map<string, Series>();
  readonly #events = new Map<WatchedKind, number>();
  readonly #inFlight = { mutating: 0, readOnly: 0 };

  began(method: string): void {
    this.#inFlight[isReading(method) ? 'readOnly' : 'mutating'] += 1;
  }

  /** Once for each that began. `seconds` is undefined for what lasts as long as its client likes. */
  done(request: CountedRequest, code: number, seconds: number | undefined): void {
    this.#inFlight[isReading(request.method) ? 'readOnly' : 'mutating'] -= 1;
    this.count(request, code, seconds);
  }

  count(request: CountedRequest, code: number, seconds: number | undefined): void {
    const series = this.#seriesOf(request);
    series.codes.set(code, (series.codes.get(code) ?? 0) + 1);
    if (seconds !== undefined) series.seconds.add(seconds);
  }

  /** Returns what to call when the watch or stream is over. */
  opened(request: CountedRequest): () => void {
    const series = this.#seriesOf(request);
    series.open = (series.open ?? 0) + 1;
    return () => {
      series.open = (series.open ?? 1) - 1;
    };
  }

  readonly watchEvents = (kind: WatchedKind, count: number): void => {
    this.#events.set(kind, (this.#events.get(kind) ?? 0) + count);
  };

  write(text: MetricsText): void {
    const total = text.counter(
      'apiserver_request_total',
      'Requests by verb, dry run, resource, scope and HTTP code.',
    );
    const seconds = text.histogram(
      'apiserver_request_duration_seconds',
      'Time until requests were answered, without watches and streams.',
    );
    const open = text.gauge('apiserver_longrunning_requests', 'Open watches and streams.');
    for (const { labels, codes, seconds: histogram, open: count } of this.#series.values()) {
      for (const [code, times] of codes) total(times, { code: String(code), ...labels });
      seconds(histogram, labels);
      const { dry_run: _, ...rest } = labels;
      if (count !== undefined) open(count, rest);
    }
    const inFlight = text.gauge('apiserver_current_inflight_requests', 'Requests being served.');
    for (const [kind, count] of Object.entries(this.#inFlight)) inFlight(count, { request_kind: kind });
    const events = text.counter('apiserver_watch_events_total', 'Events sent to watchers.');
    for (const [{ group, version, plural }, count] of this.#events)
      events(count, { group, version, resource: plural });
  }

  #seriesOf(request: CountedRequest): Series {
    const key = keyOf(request);
    const found = this.#series.get(key);
    if (found) return found;
    const isFull = this.#series.size >= maxSeries;
    const other = isFull ? this.#series.get(otherKey) : undefined;
    if (other) return other;
    const counted = isFull ? { ...request, attributes: undefined } : request;
    const labels = labelsOf(counted);
    const made: Series = { labels, codes: new Map(), seconds: new Histogram(bounds), open: undefined };
    this.#series.set(isFull ? otherKey : key, made);
    return made;
  }
}

const otherKey = 'other';

/** Every request builds one: two have the same if, and only if, their labels are the same. */
function keyOf(request: CountedRequest): string {
  const { attributes } = request;
  const verb = verbOf(request);
  const dryRun = dryRunOf(request);
  if (!attributes?.resourceRequest) return `${verb} ${dryRun}`;
  const { group, version, resource, subresource } = attributes;
  return `${verb} ${dryRun} ${group} ${version} ${resource} ${subresource} ${scopeOf(attributes)}`;
}

function labelsOf(request: CountedRequest): Record<string, string> {
  const { attributes } = request;
  const isResource = attributes?.resourceRequest === true;
  return {
    component: 'apiserver',
    dry_run: dryRunOf(request),
    group: isResource ? attributes.group : '',
    resource: isResource ? attributes.resource : '',
    scope: isResource ? scopeOf(attributes) : '',
    subresource: isResource ? attributes.subresource : '',
    verb: verbOf(request),
    version: isResource ? attributes.version : '',
  };
}

/** A list is of a namespace or of the cluster, even where its field selector asks for one name. */
function scopeOf({ verb, namespace, name }: Attributes): string {
  const isCollection = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  if (verb === 'create' || (name !== '' && !isCollection)) return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}

const knownMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

function verbOf({ method, attributes, contentType }: CountedRequest): string {
  if (attributes?.resourceRequest) {
    if (isStream(attributes)) return 'CONNECT';
    if (attributes.verb === 'watch') return 'WATCH';
    if (attributes.verb === 'list') return 'LIST';
  }
  if (method === 'GET' || method === 'HEAD') return 'GET';
  if (method === 'PATCH' && isApply(contentType)) return 'APPLY';
  return knownMethods.has(method) ? method : 'other';
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function isApply(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/apply-patch') === true;
}

function dryRunOf({ method, query }: CountedRequest): '' | 'All' | 'invalid' {
  if (isReading(method) || !query?.has('dryRun')) return '';
  return query.getAll('dryRun').every((value) => value === 'All') ? 'All' : 'invalid';
}
