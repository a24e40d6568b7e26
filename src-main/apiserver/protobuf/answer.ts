import { apiVersionOf } from '@shared/api/meta.ts';
import { assert } from '@shared/lib/assert.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { protobufType } from '../representation/negotiate.ts';
import type { ListResponse } from '../request.ts';
import { encodeWatchFrame, envelope, type Identity, listPieces } from './encode.ts';
import { encodedEntry, encodedMessage } from './encoded.ts';
import { messageName } from './messages.ts';

const itemsPerTurn = 100;

/** The body of an answer that is one object: a built-in kind's, a Status, metadata alone. */
export function protobufObject(object: DeepReadonly<JsonObject>): Uint8Array {
  const identity = { apiVersion: String(object.apiVersion), kind: String(object.kind) };
  return envelope(identity, encodedMessage(messageOf(identity), object));
}

/** The body of a list: its items' encodings, one behind the other. */
export function protobufList(list: ListResponse): Uint8Array {
  const message = itemMessage(list);
  return Buffer.concat([
    ...listOf(
      list,
      list.entries.map((entry) => encodedEntry(message, entry)),
    ),
  ]);
}

/** The same of a long list, piece by piece. Its items are encoded in turns with what else there is to do. */
export async function protobufListPieces(
  list: ListResponse,
  turn: (() => Promise<void> | undefined) | undefined,
): Promise<Generator<Uint8Array>> {
  const message = itemMessage(list);
  const items: Uint8Array[] = [];
  for (const [index, entry] of list.entries.entries()) {
    const wait = index % itemsPerTurn === 0 ? turn?.() : undefined;
    if (wait) await wait;
    items.push(encodedEntry(message, entry));
  }
  return listOf(list, items);
}

function listOf({ kind, metadata }: ListResponse, items: readonly Uint8Array[]): Generator<Uint8Array> {
  const identity = { apiVersion: apiVersionOf(kind), kind: `${kind.kind}List` };
  return listPieces(identity, metadata as DeepReadonly<JsonObject>, items);
}

function itemMessage({ kind }: ListResponse): string {
  return messageOf({ apiVersion: apiVersionOf(kind), kind: kind.kind });
}

/** Watch events in protobuf. */
export const protobufFraming = {
  contentType: `${protobufType};stream=watch`,
  frame: (type: string, object: DeepReadonly<JsonObject>) => encodeWatchFrame(type, protobufObject(object)),
};

function messageOf({ apiVersion, kind }: Identity): string {
  const message = messageName(apiVersion, kind);
  assert(message !== undefined, `${apiVersion} ${kind} has a protobuf message`);
  return message;
}
