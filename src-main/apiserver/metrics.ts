import { versionInfo } from './version.ts';

/** Counts of the server's work, in the Prometheus text format, under Kubernetes' names where those fit. */
export interface Metrics {
  requestStarted(method: string): void;
  requestDone(request: DoneRequest): void;
  watchEvents(kind: WatchedKind, count: number): void;
  text(): Promise<string>;
}

/** A request whose end is known; of a watch, its beginning. */
export interface DoneRequest {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
  readonly code: number;
  readonly seconds: number;
}

export interface WatchedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What is only looked up when somebody asks. */
export interface MetricSources {
  readonly gauges: Readonly<Record<string, () => number>>;
  /** How many objects of each resource are stored. */
  storedObjects(): Promise<ReadonlyMap<string, number>>;
}

/** Upper bounds in seconds, as kube-apiserver's. */
const bounds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

interface Series {
  readonly labels: string;
  readonly codes: Map<number, number>;
  readonly buckets: Uint32Array;
  count: number;
  sum: number;
}

/** Names of resources come from paths that anybody may make up: beyond this many, they share one series. */
const maxSeries = 2000;

export function createMetrics(sources: MetricSources): Metrics {
  const series = new Map<string, Series>();
  const events = new Map<WatchedKind, number>();
  const inFlight = { mutating: 0, readOnly: 0 };
  const startedAtSeconds = Date.now() / 1000 - process.uptime();
  const seriesOf = (key: string, request: DoneRequest): Series => {
    const found = series.get(key);
    if (found) return found;
    if (series.size >= maxSeries && key !== otherKey)
      return seriesOf(otherKey, { ...request, path: '/other' });
    const made = {
      labels: labelsOf(request),
      codes: new Map(),
      buckets: new Uint32Array(bounds.length),
      count: 0,
      sum: 0,
    };
    series.set(key, made);
    return made;
  };
  return {
    requestStarted(method) {
      inFlight[kindOf(method)] += 1;
    },
    requestDone(request) {
      inFlight[kindOf(request.method)] -= 1;
      const one = seriesOf(keyOf(request), request);
      one.codes.set(request.code, (one.codes.get(request.code) ?? 0) + 1);
      if (request.isWatch) return; // lasts as long as its client likes
      one.count += 1;
      one.sum += request.seconds;
      const bucket = bounds.findIndex((bound) => request.seconds <= bound);
      if (bucket >= 0) one.buckets[bucket] = (one.buckets[bucket] ?? 0) + 1;
    },
    watchEvents: (kind, count) => void events.set(kind, (events.get(kind) ?? 0) + count),
    async text() {
      const lines = [...requestLines([...series.values()]), ...processLines(startedAtSeconds)];
      lines.push('# TYPE apiserver_current_inflight_requests gauge');
      for (const [kind, count] of Object.entries(inFlight))
        lines.push(`apiserver_current_inflight_requests{request_kind="${kind}"} ${count}`);
      lines.push('# TYPE apiserver_watch_events_total counter');
      for (const [{ group, version, kind }, count] of events)
        lines.push(
          `apiserver_watch_events_total{group="${group}",version="${version}",kind="${kind}"} ${count}`,
        );
      lines.push('# TYPE apiserver_storage_objects gauge');
      for (const [resource, count] of await sources.storedObjects())
        lines.push(`apiserver_storage_objects{resource="${resource}"} ${count}`);
      for (const [name, read] of Object.entries(sources.gauges)) {
        const plain = name.split('{', 1)[0];
        lines.push(`# TYPE ${plain} gauge`, `${name} ${read()}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

const otherKey = 'other';

function kindOf(method: string): 'mutating' | 'readOnly' {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'readOnly' : 'mutating';
}

interface Place {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: '' | 'cluster' | 'namespace' | 'resource';
}

const nowhere: Place = { group: '', version: '', resource: '', subresource: '', scope: '' };

/** What a path is about, without its names. */
function placeOf(path: string): Place {
  const segments = path.split('/');
  const isCore = segments[1] === 'api';
  if (!isCore && segments[1] !== 'apis') return nowhere;
  const [group, version] = isCore ? ['', segments[2]] : [segments[2], segments[3]];
  let rest = segments.slice(isCore ? 3 : 4);
  const isNamespaced =
    rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize';
  if (isNamespaced) rest = rest.slice(2);
  const [resource = '', name, subresource = ''] = rest;
  if (resource === '' || !/^[a-z0-9-]+$/.test(resource)) return nowhere;
  const scope = name ? 'resource' : isNamespaced ? 'namespace' : 'cluster';
  return { group: group ?? '', version: version ?? '', resource, subresource, scope };
}

function verbOf({ method, isWatch }: DoneRequest, { scope, subresource }: Place): string {
  if (isWatch) return 'WATCH';
  if (/^(exec|attach|portforward|proxy)$/.test(subresource)) return 'CONNECT';
  if (method === 'GET') return scope === 'namespace' || scope === 'cluster' ? 'LIST' : 'GET';
  if (method === 'DELETE' && scope !== 'resource' && scope !== '') return 'DELETECOLLECTION';
  return /^(HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : 'other';
}

function keyOf(request: DoneRequest): string {
  const place = placeOf(request.path);
  const verb = verbOf(request, place);
  return `${verb} ${place.group} ${place.version} ${place.resource} ${place.subresource} ${place.scope}`;
}

function labelsOf(request: DoneRequest): string {
  const place = placeOf(request.path);
  const facts = { component: 'apiserver', ...place, verb: verbOf(request, place) };
  return Object.entries(facts)
    .map(([name, value]) => `${name}="${value.replace(/[^\w.\-/]/g, '_')}"`)
    .join(',');
}

function requestLines(all: readonly Series[]): string[] {
  const lines = ['# TYPE apiserver_request_total counter'];
  for (const { labels, codes } of all)
    for (const [code, count] of codes)
      lines.push(`apiserver_request_total{${labels},code="${code}"} ${count}`);
  const name = 'apiserver_request_duration_seconds';
  lines.push(`# TYPE ${name} histogram`);
  for (const { labels, buckets, count, sum } of all) {
    if (count === 0) continue;
    let below = 0;
    for (const [index, bound] of bounds.entries()) {
      below += buckets[index] ?? 0;
      lines.push(`${name}_bucket{${labels},le="${bound}"} ${below}`);
    }
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`, `${name}_sum{${labels}} ${sum}`);
    lines.push(`${name}_count{${labels}} ${count}`);
  }
  return lines;
}

function processLines(startedAtSeconds: number): string[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const facts: readonly (readonly [string, 'counter' | 'gauge', number])[] = [
    ['process_cpu_seconds_total', 'counter', (user + system) / 1e6],
    ['process_resident_memory_bytes', 'gauge', rss],
    ['process_start_time_seconds', 'gauge', startedAtSeconds],
    ['nodejs_heap_size_used_bytes', 'gauge', heapUsed],
    ['nodejs_heap_size_total_bytes', 'gauge', heapTotal],
  ];
  const { major, minor, gitVersion, platform } = versionInfo();
  const build = Object.entries({ major, minor, git_version: gitVersion, platform })
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
  return [
    '# TYPE kubernetes_build_info gauge',
    `kubernetes_build_info{${build}} 1`,
    ...facts.flatMap(([name, type, value]) => [`# TYPE ${name} ${type}`, `${name} ${value}`]),
  ];
}
