import type { Json, JsonObject } from '@shared/lib/types.ts';
import type {
  ContainerStats,
  ContainerSummary,
  PodNetworkStats,
  PodSandbox,
  PodSandboxStatus,
  RuntimeContainerStatus,
  RuntimeEvent,
  RuntimeImage,
} from '../runtime.ts';

/** Readers of single fields: a wrong or missing value yields the proto3 default, as any proto3 reader does. */
export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function record(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function list(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(record) : [];
}

/** Numbers up to 2^53; 64-bit ones arrive as strings. */
export function number(value: Json | undefined): number {
  return typeof value === 'number' ? value : typeof value === 'string' ? Number(value) || 0 : 0;
}

function nanoseconds(value: Json | undefined): bigint {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : BigInt(number(value));
}

function strings(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function stringMap(value: Json | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record(value)).map(([key, entry]) => [key, text(entry)]));
}

function member<T extends string>(
  value: Json | undefined,
  names: Readonly<Record<string, T>>,
  fallback: T,
): T {
  return names[text(value)] ?? fallback;
}

export function parseSandbox(wire: JsonObject): PodSandbox {
  const metadata = record(wire.metadata);
  return {
    id: text(wire.id),
    metadata: {
      name: text(metadata.name),
      namespace: text(metadata.namespace),
      uid: text(metadata.uid),
      attempt: number(metadata.attempt),
    },
    state: member(wire.state, { SANDBOX_READY: 'Ready' }, 'NotReady'),
    createdAtNs: nanoseconds(wire.created_at),
    labels: stringMap(wire.labels),
    annotations: stringMap(wire.annotations),
  };
}

export function parseSandboxStatus(wire: JsonObject): PodSandboxStatus {
  const network = record(wire.network);
  const ips = [text(network.ip), ...list(network.additional_ips).map(({ ip }) => text(ip))];
  return { ...parseSandbox(wire), ips: ips.filter((ip) => ip !== '') };
}

const containerStates = {
  CONTAINER_CREATED: 'Created',
  CONTAINER_RUNNING: 'Running',
  CONTAINER_EXITED: 'Exited',
} as const;

export function parseContainer(wire: JsonObject): ContainerSummary {
  const metadata = record(wire.metadata);
  return {
    id: text(wire.id),
    sandboxId: text(wire.pod_sandbox_id),
    metadata: { name: text(metadata.name), attempt: number(metadata.attempt) },
    state: member<ContainerSummary['state']>(wire.state, containerStates, 'Unknown'),
    imageRef: text(wire.image_ref),
    createdAtNs: nanoseconds(wire.created_at),
    labels: stringMap(wire.labels),
    annotations: stringMap(wire.annotations),
  };
}

export function parseContainerStatus(wire: JsonObject): RuntimeContainerStatus {
  const { sandboxId: _, ...summary } = parseContainer(wire);
  return {
    ...summary,
    startedAtNs: nanoseconds(wire.started_at),
    finishedAtNs: nanoseconds(wire.finished_at),
    exitCode: number(wire.exit_code),
    reason: text(wire.reason),
    message: text(wire.message),
    image: text(record(wire.image).image),
    logPath: text(wire.log_path),
  };
}

/** Undefined for the null that the wire uses for "no such image". */
export function parseImage(wire: Json | undefined): RuntimeImage | undefined {
  const image = record(wire);
  if (text(image.id) === '') return undefined;
  const hasUid = typeof image.uid === 'object' && image.uid !== null;
  return {
    id: text(image.id),
    repoTags: strings(image.repo_tags),
    repoDigests: strings(image.repo_digests),
    sizeBytes: number(image.size),
    uid: hasUid ? number(record(image.uid).value) : null,
    username: text(image.username),
    pinned: image.pinned === true,
  };
}

export function parseStats(wire: JsonObject): ContainerStats {
  const attributes = record(wire.attributes);
  const cpu = record(wire.cpu);
  const memory = record(wire.memory);
  const value = (field: Json | undefined) => number(record(field).value);
  return {
    id: text(attributes.id),
    labels: stringMap(attributes.labels),
    timestampNs: nanoseconds(cpu.timestamp),
    cpuUsageCoreNanoSeconds: value(cpu.usage_core_nano_seconds),
    memoryWorkingSetBytes: value(memory.working_set_bytes),
    memoryRssBytes: value(memory.rss_bytes),
    writableLayerBytes: value(record(wire.writable_layer).used_bytes),
  };
}

export function parseNetworkStats(wire: JsonObject): PodNetworkStats {
  const attributes = record(wire.attributes);
  const network = record(record(wire.linux).network);
  const value = (field: Json | undefined) => number(record(field).value);
  const interfaces = [record(network.default_interface), ...list(network.interfaces)].filter(
    (face) => text(face.name) !== '',
  );
  return {
    labels: stringMap(attributes.labels),
    interfaces: interfaces.map((face) => ({
      name: text(face.name),
      receivedBytes: value(face.rx_bytes),
      receiveErrors: value(face.rx_errors),
      sentBytes: value(face.tx_bytes),
      sendErrors: value(face.tx_errors),
    })),
  };
}

const eventTypes = {
  CONTAINER_CREATED_EVENT: 'Created',
  CONTAINER_STARTED_EVENT: 'Started',
  CONTAINER_STOPPED_EVENT: 'Stopped',
} as const;

export function parseEvent(wire: JsonObject): RuntimeEvent {
  const metadata = record(record(wire.pod_sandbox_status).metadata);
  return {
    type: member<RuntimeEvent['type']>(wire.container_event_type, eventTypes, 'Deleted'),
    containerId: text(wire.container_id),
    podUid: text(metadata.uid),
  };
}
