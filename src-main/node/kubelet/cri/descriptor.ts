/**
 * The part of the Container Runtime Interface that Slipway speaks, as data: field names, numbers and types of
 * package `runtime.v1`. Source of the facts: kubernetes/cri-api, `pkg/apis/runtime/v1/api.proto`. It lives in
 * the program so that the agent stays one file; fields we never read or write are left out, which proto3 allows.
 */

/** `[number, type]`; a type may be prefixed by `repeated ` or be `map<string,string>`. */
type Fields = Readonly<Record<string, readonly [number, string]>>;

const enums: Readonly<Record<string, readonly string[]>> = {
  Protocol: ['TCP', 'UDP', 'SCTP'],
  MountPropagation: ['PROPAGATION_PRIVATE', 'PROPAGATION_HOST_TO_CONTAINER', 'PROPAGATION_BIDIRECTIONAL'],
  NamespaceMode: ['POD', 'CONTAINER', 'NODE', 'TARGET'],
  ProfileType: ['RuntimeDefault', 'Unconfined', 'Localhost'],
  PodSandboxState: ['SANDBOX_READY', 'SANDBOX_NOTREADY'],
  ContainerState: ['CONTAINER_CREATED', 'CONTAINER_RUNNING', 'CONTAINER_EXITED', 'CONTAINER_UNKNOWN'],
  ContainerEventType: [
    'CONTAINER_CREATED_EVENT',
    'CONTAINER_STARTED_EVENT',
    'CONTAINER_STOPPED_EVENT',
    'CONTAINER_DELETED_EVENT',
  ],
};

const labels = 'map<string,string>';

const messages: Readonly<Record<string, Fields>> = {
  VersionRequest: { version: [1, 'string'] },
  VersionResponse: { runtime_name: [2, 'string'], runtime_version: [3, 'string'] },
  StatusRequest: { verbose: [1, 'bool'] },
  StatusResponse: { status: [1, 'RuntimeStatus'] },
  RuntimeStatus: { conditions: [1, 'repeated RuntimeCondition'] },
  RuntimeCondition: {
    type: [1, 'string'],
    status: [2, 'bool'],
    reason: [3, 'string'],
    message: [4, 'string'],
  },

  PodSandboxMetadata: {
    name: [1, 'string'],
    uid: [2, 'string'],
    namespace: [3, 'string'],
    attempt: [4, 'uint32'],
  },
  DNSConfig: {
    servers: [1, 'repeated string'],
    searches: [2, 'repeated string'],
    options: [3, 'repeated string'],
  },
  PortMapping: {
    protocol: [1, 'Protocol'],
    container_port: [2, 'int32'],
    host_port: [3, 'int32'],
    host_ip: [4, 'string'],
  },
  Int64Value: { value: [1, 'int64'] },
  UInt64Value: { value: [1, 'uint64'] },
  NamespaceOption: {
    network: [1, 'NamespaceMode'],
    pid: [2, 'NamespaceMode'],
    ipc: [3, 'NamespaceMode'],
    target_id: [4, 'string'],
  },
  SecurityProfile: { profile_type: [1, 'ProfileType'], localhost_ref: [2, 'string'] },
  LinuxSandboxSecurityContext: {
    namespace_options: [1, 'NamespaceOption'],
    run_as_user: [3, 'Int64Value'],
    readonly_rootfs: [4, 'bool'],
    supplemental_groups: [5, 'repeated int64'],
    privileged: [6, 'bool'],
    run_as_group: [8, 'Int64Value'],
    seccomp: [9, 'SecurityProfile'],
  },
  LinuxPodSandboxConfig: {
    cgroup_parent: [1, 'string'],
    security_context: [2, 'LinuxSandboxSecurityContext'],
    sysctls: [3, labels],
    resources: [5, 'LinuxContainerResources'],
  },
  PodSandboxConfig: {
    metadata: [1, 'PodSandboxMetadata'],
    hostname: [2, 'string'],
    log_directory: [3, 'string'],
    dns_config: [4, 'DNSConfig'],
    port_mappings: [5, 'repeated PortMapping'],
    labels: [6, labels],
    annotations: [7, labels],
    linux: [8, 'LinuxPodSandboxConfig'],
  },
  RunPodSandboxRequest: { config: [1, 'PodSandboxConfig'], runtime_handler: [2, 'string'] },
  RunPodSandboxResponse: { pod_sandbox_id: [1, 'string'] },
  StopPodSandboxRequest: { pod_sandbox_id: [1, 'string'] },
  StopPodSandboxResponse: {},
  RemovePodSandboxRequest: { pod_sandbox_id: [1, 'string'] },
  RemovePodSandboxResponse: {},
  PodSandboxStatusRequest: { pod_sandbox_id: [1, 'string'], verbose: [2, 'bool'] },
  PodIP: { ip: [1, 'string'] },
  PodSandboxNetworkStatus: { ip: [1, 'string'], additional_ips: [2, 'repeated PodIP'] },
  PodSandboxStatus: {
    id: [1, 'string'],
    metadata: [2, 'PodSandboxMetadata'],
    state: [3, 'PodSandboxState'],
    created_at: [4, 'int64'],
    network: [5, 'PodSandboxNetworkStatus'],
    labels: [7, labels],
    annotations: [8, labels],
  },
  PodSandboxStatusResponse: { status: [1, 'PodSandboxStatus'] },
  PodSandboxFilter: { id: [1, 'string'], label_selector: [3, labels] },
  ListPodSandboxRequest: { filter: [1, 'PodSandboxFilter'] },
  PodSandbox: {
    id: [1, 'string'],
    metadata: [2, 'PodSandboxMetadata'],
    state: [3, 'PodSandboxState'],
    created_at: [4, 'int64'],
    labels: [5, labels],
    annotations: [6, labels],
  },
  ListPodSandboxResponse: { items: [1, 'repeated PodSandbox'] },

  ImageSpec: { image: [1, 'string'], annotations: [2, labels] },
  KeyValue: { key: [1, 'string'], value: [2, 'bytes'] },
  LinuxContainerResources: {
    cpu_period: [1, 'int64'],
    cpu_quota: [2, 'int64'],
    cpu_shares: [3, 'int64'],
    memory_limit_in_bytes: [4, 'int64'],
    oom_score_adj: [5, 'int64'],
    unified: [9, labels],
  },
  Capability: { add_capabilities: [1, 'repeated string'], drop_capabilities: [2, 'repeated string'] },
  LinuxContainerSecurityContext: {
    capabilities: [1, 'Capability'],
    privileged: [2, 'bool'],
    namespace_options: [3, 'NamespaceOption'],
    run_as_user: [5, 'Int64Value'],
    run_as_username: [6, 'string'],
    readonly_rootfs: [7, 'bool'],
    supplemental_groups: [8, 'repeated int64'],
    no_new_privs: [11, 'bool'],
    run_as_group: [12, 'Int64Value'],
    masked_paths: [13, 'repeated string'],
    readonly_paths: [14, 'repeated string'],
    seccomp: [15, 'SecurityProfile'],
  },
  LinuxContainerConfig: {
    resources: [1, 'LinuxContainerResources'],
    security_context: [2, 'LinuxContainerSecurityContext'],
  },
  ContainerMetadata: { name: [1, 'string'], attempt: [2, 'uint32'] },
  Device: { container_path: [1, 'string'], host_path: [2, 'string'], permissions: [3, 'string'] },
  Mount: {
    container_path: [1, 'string'],
    host_path: [2, 'string'],
    readonly: [3, 'bool'],
    propagation: [5, 'MountPropagation'],
  },
  ContainerConfig: {
    metadata: [1, 'ContainerMetadata'],
    image: [2, 'ImageSpec'],
    command: [3, 'repeated string'],
    args: [4, 'repeated string'],
    working_dir: [5, 'string'],
    envs: [6, 'repeated KeyValue'],
    mounts: [7, 'repeated Mount'],
    devices: [8, 'repeated Device'],
    labels: [9, labels],
    annotations: [10, labels],
    log_path: [11, 'string'],
    stdin: [12, 'bool'],
    stdin_once: [13, 'bool'],
    tty: [14, 'bool'],
    linux: [15, 'LinuxContainerConfig'],
  },
  CreateContainerRequest: {
    pod_sandbox_id: [1, 'string'],
    config: [2, 'ContainerConfig'],
    sandbox_config: [3, 'PodSandboxConfig'],
  },
  CreateContainerResponse: { container_id: [1, 'string'] },
  StartContainerRequest: { container_id: [1, 'string'] },
  StartContainerResponse: {},
  StopContainerRequest: { container_id: [1, 'string'], timeout: [2, 'int64'] },
  StopContainerResponse: {},
  RemoveContainerRequest: { container_id: [1, 'string'] },
  RemoveContainerResponse: {},
  ContainerFilter: { id: [1, 'string'], label_selector: [4, labels] },
  ListContainersRequest: { filter: [1, 'ContainerFilter'] },
  Container: {
    id: [1, 'string'],
    pod_sandbox_id: [2, 'string'],
    metadata: [3, 'ContainerMetadata'],
    image: [4, 'ImageSpec'],
    image_ref: [5, 'string'],
    state: [6, 'ContainerState'],
    created_at: [7, 'int64'],
    labels: [8, labels],
    annotations: [9, labels],
  },
  ListContainersResponse: { containers: [1, 'repeated Container'] },
  ContainerStatusRequest: { container_id: [1, 'string'], verbose: [2, 'bool'] },
  ContainerStatus: {
    id: [1, 'string'],
    metadata: [2, 'ContainerMetadata'],
    state: [3, 'ContainerState'],
    created_at: [4, 'int64'],
    started_at: [5, 'int64'],
    finished_at: [6, 'int64'],
    exit_code: [7, 'int32'],
    image: [8, 'ImageSpec'],
    image_ref: [9, 'string'],
    reason: [10, 'string'],
    message: [11, 'string'],
    labels: [12, labels],
    annotations: [13, labels],
    log_path: [15, 'string'],
  },
  ContainerStatusResponse: { status: [1, 'ContainerStatus'] },
  UpdateContainerResourcesRequest: { container_id: [1, 'string'], linux: [2, 'LinuxContainerResources'] },
  UpdateContainerResourcesResponse: {},
  ReopenContainerLogRequest: { container_id: [1, 'string'] },
  ReopenContainerLogResponse: {},
  ExecSyncRequest: { container_id: [1, 'string'], cmd: [2, 'repeated string'], timeout: [3, 'int64'] },
  ExecSyncResponse: { stdout: [1, 'bytes'], stderr: [2, 'bytes'], exit_code: [3, 'int32'] },
  ExecRequest: {
    container_id: [1, 'string'],
    cmd: [2, 'repeated string'],
    tty: [3, 'bool'],
    stdin: [4, 'bool'],
    stdout: [5, 'bool'],
    stderr: [6, 'bool'],
  },
  ExecResponse: { url: [1, 'string'] },
  AttachRequest: {
    container_id: [1, 'string'],
    stdin: [2, 'bool'],
    tty: [3, 'bool'],
    stdout: [4, 'bool'],
    stderr: [5, 'bool'],
  },
  AttachResponse: { url: [1, 'string'] },
  PortForwardRequest: { pod_sandbox_id: [1, 'string'], port: [2, 'repeated int32'] },
  PortForwardResponse: { url: [1, 'string'] },

  CpuUsage: { timestamp: [1, 'int64'], usage_core_nano_seconds: [2, 'UInt64Value'] },
  MemoryUsage: {
    timestamp: [1, 'int64'],
    working_set_bytes: [2, 'UInt64Value'],
    rss_bytes: [5, 'UInt64Value'],
  },
  FilesystemUsage: {
    timestamp: [1, 'int64'],
    used_bytes: [3, 'UInt64Value'],
    inodes_used: [4, 'UInt64Value'],
  },
  ContainerAttributes: {
    id: [1, 'string'],
    metadata: [2, 'ContainerMetadata'],
    labels: [3, labels],
    annotations: [4, labels],
  },
  ContainerStats: {
    attributes: [1, 'ContainerAttributes'],
    cpu: [2, 'CpuUsage'],
    memory: [3, 'MemoryUsage'],
    writable_layer: [4, 'FilesystemUsage'],
  },
  ListContainerStatsRequest: {},
  ListContainerStatsResponse: { stats: [1, 'repeated ContainerStats'] },
  PodSandboxAttributes: { id: [1, 'string'], labels: [3, labels] },
  NetworkInterfaceUsage: {
    name: [1, 'string'],
    rx_bytes: [2, 'UInt64Value'],
    rx_errors: [3, 'UInt64Value'],
    tx_bytes: [4, 'UInt64Value'],
    tx_errors: [5, 'UInt64Value'],
  },
  NetworkUsage: {
    timestamp: [1, 'int64'],
    default_interface: [2, 'NetworkInterfaceUsage'],
    interfaces: [3, 'repeated NetworkInterfaceUsage'],
  },
  LinuxPodSandboxStats: { network: [3, 'NetworkUsage'] },
  PodSandboxStats: { attributes: [1, 'PodSandboxAttributes'], linux: [2, 'LinuxPodSandboxStats'] },
  ListPodSandboxStatsRequest: {},
  ListPodSandboxStatsResponse: { stats: [1, 'repeated PodSandboxStats'] },
  GetEventsRequest: {},
  ContainerEventResponse: {
    container_id: [1, 'string'],
    container_event_type: [2, 'ContainerEventType'],
    created_at: [3, 'int64'],
    pod_sandbox_status: [4, 'PodSandboxStatus'],
  },

  ListImagesRequest: {},
  Image: {
    id: [1, 'string'],
    repo_tags: [2, 'repeated string'],
    repo_digests: [3, 'repeated string'],
    size: [4, 'uint64'],
    uid: [5, 'Int64Value'],
    username: [6, 'string'],
    pinned: [8, 'bool'],
  },
  ListImagesResponse: { images: [1, 'repeated Image'] },
  ImageStatusRequest: { image: [1, 'ImageSpec'], verbose: [2, 'bool'] },
  ImageStatusResponse: { image: [1, 'Image'] },
  AuthConfig: {
    username: [1, 'string'],
    password: [2, 'string'],
    auth: [3, 'string'],
    server_address: [4, 'string'],
    identity_token: [5, 'string'],
    registry_token: [6, 'string'],
  },
  PullImageRequest: { image: [1, 'ImageSpec'], auth: [2, 'AuthConfig'] },
  PullImageResponse: { image_ref: [1, 'string'] },
  RemoveImageRequest: { image: [1, 'ImageSpec'] },
  RemoveImageResponse: {},
  ImageFsInfoRequest: {},
  ImageFsInfoResponse: {
    image_filesystems: [1, 'repeated FilesystemUsage'],
    container_filesystems: [2, 'repeated FilesystemUsage'],
  },
};

/** Method name to request and response message; `stream` marks a server stream. */
const runtimeService: Readonly<Record<string, readonly [string, string, 'stream'?]>> = {
  Version: ['VersionRequest', 'VersionResponse'],
  Status: ['StatusRequest', 'StatusResponse'],
  RunPodSandbox: ['RunPodSandboxRequest', 'RunPodSandboxResponse'],
  StopPodSandbox: ['StopPodSandboxRequest', 'StopPodSandboxResponse'],
  RemovePodSandbox: ['RemovePodSandboxRequest', 'RemovePodSandboxResponse'],
  PodSandboxStatus: ['PodSandboxStatusRequest', 'PodSandboxStatusResponse'],
  ListPodSandbox: ['ListPodSandboxRequest', 'ListPodSandboxResponse'],
  CreateContainer: ['CreateContainerRequest', 'CreateContainerResponse'],
  StartContainer: ['StartContainerRequest', 'StartContainerResponse'],
  StopContainer: ['StopContainerRequest', 'StopContainerResponse'],
  RemoveContainer: ['RemoveContainerRequest', 'RemoveContainerResponse'],
  ListContainers: ['ListContainersRequest', 'ListContainersResponse'],
  ContainerStatus: ['ContainerStatusRequest', 'ContainerStatusResponse'],
  UpdateContainerResources: ['UpdateContainerResourcesRequest', 'UpdateContainerResourcesResponse'],
  ReopenContainerLog: ['ReopenContainerLogRequest', 'ReopenContainerLogResponse'],
  ExecSync: ['ExecSyncRequest', 'ExecSyncResponse'],
  Exec: ['ExecRequest', 'ExecResponse'],
  Attach: ['AttachRequest', 'AttachResponse'],
  PortForward: ['PortForwardRequest', 'PortForwardResponse'],
  ListContainerStats: ['ListContainerStatsRequest', 'ListContainerStatsResponse'],
  ListPodSandboxStats: ['ListPodSandboxStatsRequest', 'ListPodSandboxStatsResponse'],
  GetContainerEvents: ['GetEventsRequest', 'ContainerEventResponse', 'stream'],
};

const imageService: typeof runtimeService = {
  ListImages: ['ListImagesRequest', 'ListImagesResponse'],
  ImageStatus: ['ImageStatusRequest', 'ImageStatusResponse'],
  PullImage: ['PullImageRequest', 'PullImageResponse'],
  RemoveImage: ['RemoveImageRequest', 'RemoveImageResponse'],
  ImageFsInfo: ['ImageFsInfoRequest', 'ImageFsInfoResponse'],
};

/** The description in the JSON form that protobufjs reads. */
export function criDescriptor(): { nested: Record<string, unknown> } {
  const nested: Record<string, unknown> = {
    RuntimeService: serviceJson(runtimeService),
    ImageService: serviceJson(imageService),
  };
  for (const [name, values] of Object.entries(enums)) {
    nested[name] = { values: Object.fromEntries(values.map((value, index) => [value, index])) };
  }
  for (const [name, fields] of Object.entries(messages)) {
    nested[name] = {
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, [id, type]]) => [field, fieldJson(id, type)]),
      ),
    };
  }
  return { nested: { runtime: { nested: { v1: { options: { syntax: 'proto3' }, nested } } } } };
}

function fieldJson(id: number, type: string): Record<string, unknown> {
  if (type === labels) return { id, keyType: 'string', type: 'string' };
  if (type.startsWith('repeated ')) return { id, rule: 'repeated', type: type.slice('repeated '.length) };
  return { id, type };
}

function serviceJson(methods: typeof runtimeService): Record<string, unknown> {
  return {
    methods: Object.fromEntries(
      Object.entries(methods).map(([name, [requestType, responseType, stream]]) => [
        name,
        { requestType, responseType, ...(stream && { responseStream: true }) },
      ]),
    ),
  };
}
