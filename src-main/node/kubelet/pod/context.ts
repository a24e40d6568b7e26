import type { Client } from '@shared/client/client.ts';
import type { Service } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ClusterDns, Resolver } from '../config/dns.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { ProbeCounts } from '../probes/probe-counts.ts';
import type { ContainerRuntime } from '../runtime.ts';
import type { PodDirectories } from '../volumes/pod-volumes.ts';
import type { ServiceAccountTokens } from '../volumes/tokens.ts';
import type { Mounter } from '../volumes/volume.ts';
import type { Allocations } from './allocations.ts';
import type { ReferencedObjects } from './objects.ts';
import type { RuntimeView } from './runtime-view.ts';
import type { ContainerSpec, ReadonlyPod } from './spec.ts';
import type { StatusWriter } from './status-writer.ts';

/** Facts about the node that pods are configured with. */
export interface NodeFacts {
  readonly name: string;
  readonly ips: readonly string[];
  readonly allocatable: {
    readonly cpuMilli: number;
    readonly memoryBytes: number;
    readonly storageBytes: number;
  };
  readonly dns: ClusterDns;
  /** The node's own resolver, for pods that use it. */
  readonly resolver: Resolver;
  /** Text of the node's /etc/hosts. */
  readonly hosts: string;
  readonly unavailableCapabilities: ReadonlySet<string>;
  readonly directories: PodDirectories;
  /** `/var/log/pods` */
  readonly logRoot: string;
}

/** What every pod's worker shares with the others. */
export interface KubeletContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly view: RuntimeView;
  readonly probeCounts: ProbeCounts;
  readonly images: ImagePuller;
  readonly allocations: Allocations;
  readonly objects: ReferencedObjects;
  readonly tokens: ServiceAccountTokens;
  readonly mounter: Mounter;
  readonly statuses: StatusWriter;
  readonly node: NodeFacts;
  services(): Promise<readonly DeepReadonly<Service>[]>;
  /** Records an event on the pod, or on one of its containers. */
  report(pod: ReadonlyPod, event: PodEvent, spec?: ContainerSpec): void;
  log(message: string, fields?: Record<string, unknown>): void;
}

export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}
