import { apiVersionOf } from '@shared/api/meta.ts';
import { assert } from '@shared/lib/assert.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { protobufType } from '../representation/negotiate.ts';
import type { ListResponse } from '../request.ts';
import { encodeWatchFrame, envelope, type Identity, listPieces } from './encode.ts';
import { encodedMessage } from './encoded.ts';
import { messageName } from './messages.ts';

/** The body of an answer that is one object: a built-in kind's, a Status, metadata alone. */
export function protobufObject(object: DeepReadonly<JsonObject>): Uint8Array {
  const identity = { apiVersion: String(object.apiVersion), kind: String(object.kind) };
  return envelope(identity, encodedMessage(messageOf(identity), object));
}

/** The body of a list: its items' encodings, one behind the other. */
export function protobufList(list: ListResponse): Uint8Array {
  return Buffer.concat([...protobufListPieces(list)]);
}

/** The same, piece by piece. */
export function protobufListPieces({ kind, metadata, entries }: ListResponse): Generator<Uint8Array> {
  const item = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  const message = messageOf(item);
  const items = entries.map((entry) => encodedMessage(message, entry.value));
  return listPieces({ ...item, kind: `${kind.kind}List` }, metadata as DeepReadonly<JsonObject>, items);
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
