import { rfc3339Micro } from '@shared/lib/time.ts';
import type { Documents } from '../discovery.ts';
import type { PriorityLevel, Ticket } from './level.ts';

export const dumpPrefix = '/debug/api_priority_and_fairness/';

/**
 * The documents under {@link dumpPrefix}; undefined for another path.
 * Source: Kubernetes, "API Priority and Fairness", "Debug endpoints".
 */
export function dump(
  path: string,
  query: URLSearchParams,
  levels: readonly PriorityLevel[],
): string | undefined {
  switch (path.slice(dumpPrefix.length)) {
    case 'dump_priority_levels':
      return table(levelHeader, levels.map(levelRow));
    case 'dump_queues':
      return table(queueHeader, levels.flatMap(queueRows));
    case 'dump_requests': {
      const isDetailed = /^(1|true)$/.test(query.get('includeRequestDetails') ?? '');
      const header = isDetailed ? [...requestHeader, ...detailHeader] : requestHeader;
      return table(
        header,
        levels.flatMap((level) => requestRows(level, isDetailed)),
      );
    }
    default:
      return undefined;
  }
}

/** Documents, and before them what is asked under {@link dumpPrefix}. */
export function withDumps(
  source: { dump(path: string, query: URLSearchParams): string | undefined },
  documents: Documents,
): Documents {
  return {
    async find(request) {
      const body = source.dump(request.path, request.query);
      if (body === undefined) return documents.find(request);
      return { type: 'raw', code: 200, contentType: 'text/plain; charset=utf-8', body };
    },
  };
}

const levelHeader = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];
const queueHeader = [
  'PriorityLevelName',
  'Index',
  'PendingRequests',
  'ExecutingRequests',
  'SeatsInUse',
  'NextDispatchR',
  'InitialSeatsSum',
  'MaxSeatsSum',
  'TotalWorkSum',
];
const requestHeader = [
  'PriorityLevelName',
  'FlowSchemaName',
  'QueueIndex',
  'RequestIndexInQueue',
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
  'FinalSeats',
  'AdditionalLatency',
  'StartTime',
];
const detailHeader = [
  'UserName',
  'Verb',
  'APIPath',
  'Namespace',
  'Name',
  'APIVersion',
  'Resource',
  'SubResource',
];

function levelRow(level: PriorityLevel): unknown[] {
  const { settings, counts, activeQueues, isIdle, isQuiescing, waiting, executing } = level;
  const { dispatched, rejected, timedOut, cancelled } = counts;
  const state = [settings.name, activeQueues, isIdle, isQuiescing, waiting, executing.size];
  return [...state, dispatched, rejected, timedOut, cancelled];
}

function queueRows({ settings, queues }: PriorityLevel): unknown[][] {
  return queues.map(({ index, waiting, executing, seatsInUse, start }) => {
    const seats = waiting.reduce((sum, ticket) => sum + ticket.seats, 0);
    const most = waiting.reduce((max, ticket) => Math.max(max, ticket.seats), 0);
    const next = `${(start / 1000).toFixed(8)}ss`;
    const work = `${(seats / 1000).toFixed(8)}ss`;
    return [settings.name, index, waiting.length, executing, seatsInUse, next, seats, most, work];
  });
}

function requestRows({ settings, queues, executing }: PriorityLevel, isDetailed: boolean): unknown[][] {
  const row = (ticket: Ticket, index: number) => [
    settings.name,
    ticket.schema,
    index < 0 ? -1 : ticket.queue?.index,
    index,
    ticket.flow,
    rfc3339Micro(ticket.arrivedMs),
    ticket.seats,
    0,
    '0s',
    ticket.startedMs === undefined ? '0001-01-01T00:00:00Z' : rfc3339Micro(ticket.startedMs),
    ...(isDetailed ? details(ticket) : []),
  ];
  return [
    ...[...executing].map((ticket) => row(ticket, -1)),
    ...queues.flatMap(({ waiting }) => waiting.map((ticket, index) => row(ticket, index))),
  ];
}

function details({ attributes }: Ticket): string[] {
  const { user, verb, path, namespace, name, version, resource, subresource } = attributes;
  return [user.name, verb, path, namespace, name, version, resource, subresource];
}

/** Columns aligned, a comma behind each cell but the last. */
function table(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [header, ...rows].map((row) =>
    row.map((cell, index) => `${oneLine(String(cell ?? ''))}${index < row.length - 1 ? ',' : ''}`),
  );
  const widths = header.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, index) => cell.padEnd((widths[index] ?? 0) + 1))
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** Names of users are anything. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}
