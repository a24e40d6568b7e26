/** A value of the wrong type. Same shape as the API's `FieldError`, which this layer may not import. */
export interface DecodeError {
  readonly type: 'FieldValueTypeInvalid';
  /** Path with indices, `spec.containers[0].name`. */
  readonly field: string;
  /** Kubernetes' own words, e.g. `json: cannot unmarshal string into Go struct field …`. */
  readonly message: string;
}

/** Where in the document a decoder is; costs nothing until somebody asks. */
export class PathTracker {
  /** Field names are strings, indices numbers, keys of maps one-element arrays. */
  readonly #parts: (string | number | readonly [string])[] = [];

  get depth(): number {
    return this.#parts.length;
  }

  push(part: string | number): void {
    this.#parts.push(part);
  }

  pushKey(key: string): void {
    this.#parts.push([key]);
  }

  pop(): void {
    this.#parts.pop();
  }

  /** `spec.containers[0].name`, `metadata.labels[app]`. */
  toString(): string {
    let text = '';
    for (const part of this.#parts) {
      if (typeof part === 'string') text += text === '' ? part : `.${part}`;
      else text += `[${typeof part === 'number' ? part : part[0]}]`;
    }
    return text;
  }

  /** Path of a member of the object the decoder is in. */
  child(key: string): string {
    const text = this.toString();
    return text === '' ? key : `${text}.${key}`;
  }

  /** The error Go's JSON decoder gives for a value that does not fit its Go type. */
  mismatch(found: string, goTypeName: string, owner: string): DecodeError {
    const names = this.#parts.filter((part) => typeof part === 'string');
    const struct = owner.slice(owner.lastIndexOf('.') + 1);
    const target = names.length === 0 ? 'Go value' : `Go struct field ${struct}.${names.join('.')}`;
    return {
      type: 'FieldValueTypeInvalid',
      field: this.toString(),
      message: `json: cannot unmarshal ${found} into ${target} of type ${goTypeName}`,
    };
  }

  /** An error of a type's own parser. */
  malformed(message: string): DecodeError {
    return { type: 'FieldValueTypeInvalid', field: this.toString(), message };
  }
}
