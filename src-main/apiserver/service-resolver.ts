/** A Service as webhooks and aggregated APIs refer to it. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Finds out where a Service can be reached from here. Its certificate is for `<name>.<namespace>.svc`. */
export interface ServiceResolver {
  /** An address to connect to. Rejects with a sentence when the Service has none. */
  resolve(service: ServiceRef): Promise<{ readonly host: string; readonly port: number }>;
}
