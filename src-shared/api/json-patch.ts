/** JSON Patch. https://www.rfc-editor.org/rfc/rfc6902, pointers https://www.rfc-editor.org/rfc/rfc6901 */
import { copyJson, isJsonObject, jsonEqual, setOwn } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { refuseDeepPatch } from './patch-limits.ts';
import { ApiError } from './status.ts';

/** As Kubernetes: more operations than this in one patch are refused. */
const maxOperations = 10_000;
/** What `copy` may add in all, in characters of JSON; keeps a short patch from growing a document without end. */
const maxCopiedSize = 3 * 1024 * 1024;

/** A container of the working copy, which is private and may change. */
type Container = Json[] | Record<string, Json>;

/**
 * Applies `operations` (the parsed patch) to `document` and returns the result; neither is changed. All or
 * nothing. Throws ApiError BadRequest for a malformed patch and Invalid for one that does not fit the document
 * (a `test` that fails, a path that is not there).
 */
export function applyJsonPatch(document: Json, operations: unknown): Json {
  if (!Array.isArray(operations))
    throw ApiError.of('BadRequest', 'error decoding patch: a JSON patch is a list of operations');
  if (operations.length > maxOperations) {
    const text = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`;
    throw ApiError.of('RequestEntityTooLarge', text);
  }
  refuseDeepPatch(operations);
  const patcher = new Patcher(document);
  for (const operation of operations) patcher.apply(operation);
  return patcher.result;
}

class Patcher {
  /** The document as the member `root` of an object, so that replacing it all is nothing special. */
  readonly #holder: { root: Json };
  #copiedSize = 0;

  constructor(document: Json) {
    this.#holder = { root: copyJson(document) };
  }

  get result(): Json {
    return this.#holder.root;
  }

  apply(operation: Json): void {
    if (!isJsonObject(operation)) throw malformed('an operation is an object');
    const path = pointer(operation, 'path');
    switch (operation.op) {
      case 'add':
        this.#add(path, copyJson(operand(operation)));
        return;
      case 'replace':
        this.#replace(path, copyJson(operand(operation)));
        return;
      case 'remove':
        this.#remove(path, 'remove');
        return;
      case 'test':
        if (jsonEqual(this.#get(path, 'test'), operand(operation))) return;
        throw unfit(`testing value ${operation.path} failed`);
      case 'copy': {
        const value = this.#get(pointer(operation, 'from'), 'copy');
        this.#copiedSize += JSON.stringify(value).length;
        if (this.#copiedSize > maxCopiedSize)
          throw ApiError.of('RequestEntityTooLarge', 'the patch copies too much');
        this.#add(path, copyJson(value));
        return;
      }
      case 'move': {
        const from = pointer(operation, 'from');
        if (path.length > from.length && from.every((token, i) => token === path[i])) {
          throw unfit(`cannot move ${operation.from} into itself`);
        }
        this.#add(path, this.#remove(from, 'move'));
        return;
      }
      default:
        throw malformed(`unexpected operation ${JSON.stringify(operation.op ?? null)}`);
    }
  }

  /** The container that holds what `path` names, and the last token. */
  #locate(path: readonly string[], verb: string): { container: Container; token: string } {
    let container: Json = this.#holder;
    let token = 'root';
    for (const next of path) {
      const member = read(container, token);
      if (typeof member !== 'object' || member === null) throw missing(verb, path);
      container = member;
      token = next;
    }
    return { container: container as Container, token };
  }

  #get(path: readonly string[], verb: string): Json {
    const { container, token } = this.#locate(path, verb);
    const value = read(container, token);
    if (value === undefined && verb === 'test') return null;
    if (value === undefined) throw missing(verb, path);
    return value;
  }

  #add(path: readonly string[], value: Json): void {
    const { container, token } = this.#locate(path, 'add');
    if (!Array.isArray(container)) {
      setOwn(container, token, value);
      return;
    }
    const index = token === '-' ? container.length : arrayIndex(token);
    if (index === undefined || index > container.length) throw missing('add', path);
    container.splice(index, 0, value);
  }

  #replace(path: readonly string[], value: Json): void {
    const { container, token } = this.#locate(path, 'replace');
    if (read(container, token) === undefined) throw missing('replace', path);
    if (Array.isArray(container)) container[Number(token)] = value;
    else setOwn(container, token, value);
  }

  #remove(path: readonly string[], verb: string): Json {
    if (path.length === 0) throw unfit('the whole document cannot be removed');
    const { container, token } = this.#locate(path, verb);
    const value = read(container, token);
    if (value === undefined) throw missing(verb, path);
    if (Array.isArray(container)) container.splice(Number(token), 1);
    else delete container[token];
    return value;
  }
}

function read(container: Json, token: string): Json | undefined {
  if (Array.isArray(container)) {
    const index = arrayIndex(token);
    return index === undefined ? undefined : container[index];
  }
  return isJsonObject(container) && Object.hasOwn(container, token) ? container[token] : undefined;
}

function arrayIndex(token: string): number | undefined {
  return /^(0|[1-9]\d{0,9})$/.test(token) ? Number(token) : undefined;
}

function pointer(operation: JsonObject, member: 'path' | 'from'): string[] {
  const text = operation[member];
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) {
    throw malformed(`${member} is a JSON pointer such as "/metadata/labels/app"`);
  }
  const tokens = text.split('/').slice(1);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function operand(operation: JsonObject): Json {
  const { value } = operation;
  if (value === undefined) throw malformed(`the operation ${operation.op} needs a value`);
  return value;
}

function missing(verb: string, path: readonly string[]): ApiError {
  const text = path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return unfit(`${verb} operation does not apply: doc is missing path: "${text}": missing value`);
}

function malformed(text: string): ApiError {
  return ApiError.of('BadRequest', `error decoding patch: ${text}`);
}

function unfit(text: string): ApiError {
  return ApiError.of('Invalid', `the server rejected our request due to an error in our request: ${text}`);
}
