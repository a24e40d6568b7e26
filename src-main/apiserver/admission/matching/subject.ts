import type { GroupVersionKind } from '@shared/api/meta.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { jsonOf } from '../../objects.ts';
import { storable, storedKind, viewJson } from '../../registry/versions.ts';
import type { AdmissionRequest, Operation } from '../admission.ts';
import { operationOptions } from './operation-options.ts';
import { reshaped } from './reshape.ts';

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** A version in which a request may be looked at. */
export interface Form {
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
}

/** The objects of a request in one version; null where there is none. */
export interface Objects {
  readonly object: JsonObject | null;
  readonly oldObject: JsonObject | null;
}

/**
 * A request as webhooks and policies see it: for a subresource with the object that was sent to it, and in any
 * version its kind is served in. Source: Kubernetes, `admission.Attributes`.
 */
export class Subject {
  readonly request: AdmissionRequest;
  readonly operation: Operation;
  /** For a namespace its own name, '' for everything else without one. */
  readonly namespace: string;
  readonly name: string;
  readonly form: Form;
  #object: JsonObject | null;
  readonly #old: JsonObject | null;
  readonly #seen = new Map<Form, Promise<Objects> | Objects>();
  #equivalents: readonly Form[] | undefined;

  constructor(request: AdmissionRequest, object: JsonObject | null) {
    const { kind, view, operation, name, namespace, old } = request;
    this.request = request;
    this.operation = view?.operation ?? operation;
    this.name = name;
    this.namespace = isNamespace(request) ? name : namespace;
    const { group, version } = kind;
    this.form = {
      kind: view?.kind ?? { group, version, kind: kind.kind },
      resource: { group, version, resource: kind.plural },
    };
    this.#object = view ? (request.reinvocation.viewed ?? view.object) : object;
    this.#old = view ? view.oldObject : (old ?? null) && jsonOf(old ?? ({} as never));
  }

  get subresource(): string {
    return this.request.subresource;
  }

  get object(): JsonObject | null {
    return this.#object;
  }

  get oldObject(): JsonObject | null {
    return this.#old;
  }

  get options(): JsonObject {
    return this.request.view?.options ?? operationOptions(this.request);
  }

  get isDryRun(): boolean {
    return this.request.options.dryRun;
  }

  /** The request's own version first, then the others the objects are served in. */
  get equivalents(): readonly Form[] {
    if (this.#equivalents) return this.#equivalents;
    const { kind, server, view } = this.request;
    const others = server.kinds.all.filter(
      (other) => other !== kind && other.stored && storedKind(other) === storedKind(kind),
    );
    this.#equivalents = view
      ? [this.form]
      : [
          this.form,
          ...others.map(({ group, version, plural, kind: name }) => ({
            kind: { group, version, kind: name },
            resource: { group, version, resource: plural },
          })),
        ];
    return this.#equivalents;
  }

  /** The objects in one of the forms. Converted once, until the object changes. */
  inForm(form: Form): Promise<Objects> | Objects {
    if (form === this.form) return { object: this.#object, oldObject: this.#old };
    const seen = this.#seen.get(form);
    if (seen) return seen;
    const converting = this.#converted(form);
    this.#seen.set(form, converting);
    return converting;
  }

  async #converted(form: Form): Promise<Objects> {
    const [object, oldObject] = await Promise.all([
      this.#convert(this.#object, this.form, form),
      this.#convert(this.#old, this.form, form),
    ]);
    return { object, oldObject };
  }

  async #convert(object: JsonObject | null, from: Form, to: Form): Promise<JsonObject | null> {
    if (!object) return null;
    const stored = await storable(this.#kindOf(from), object as never);
    return viewJson(this.#kindOf(to), stored);
  }

  #kindOf({ resource }: Form) {
    const kind = this.request.server.kinds.byResource(resource.group, resource.version, resource.resource);
    if (!kind) throw new Error(`${resource.resource} are no longer served in ${resource.version}`);
    return kind;
  }

  /** Puts a changed object in the place of the one there was; handed over in one of the forms. */
  async replace(object: JsonObject, form: Form): Promise<void> {
    const own = form === this.form ? object : ((await this.#convert(object, form, this.form)) ?? object);
    if (this.request.view) this.request.reinvocation.viewed = own;
    this.#object = this.request.view ? own : reshaped(this.request, this.#object ?? {}, own);
    this.#seen.clear();
  }
}

export function isNamespace({ kind }: Pick<AdmissionRequest, 'kind'>): boolean {
  return kind.group === '' && kind.plural === 'namespaces';
}
