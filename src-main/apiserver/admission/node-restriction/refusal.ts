import type { ApiObject } from '../../objects.ts';
import type { AdmissionRequest } from '../admission.ts';

/** A change that a node wants to make: the object as it is to be, or what was sent to a subresource. */
export interface NodesRequest<T = ApiObject> {
  readonly node: string;
  readonly object: T;
  readonly request: AdmissionRequest;
}

/** Why a node may not do it; undefined when it may. */
export type Refusal = string | undefined;

/** How refusals name the node. */
export function nodeText(node: string): string {
  return `node ${JSON.stringify(node)}`;
}
