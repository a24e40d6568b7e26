import { crc32 } from 'node:zlib';
import { assert } from '@shared/lib/assert.ts';
import type { Change, StoredEntry } from './entry.ts';

/**
 * How the store's files look: JSON lines (UTF-8, one `\n` each), every line a JSON object that begins with
 * `"crc"` (CRC-32 of all that follows that member, without the newline) and `"size"` (bytes of all that
 * follows *that* member). The size tells a line torn by a crash, which is shorter, from a damaged one.
 *
 *     {"crc":"5a0c…","size":86,"revision":7,"ops":[{"put":"/a","size":9}],"values":[{"n":"x"}]}
 *
 * Values stand verbatim at the end, so loading slices them instead of parsing and writing them again.
 */

const crcMember = /^\{"crc":"([0-9a-f]{8})",$/;
const crcMemberBytes = '{"crc":"00000000",'.length;
const sizeMember = /^"size":(0|[1-9][0-9]{0,11}),/;
const longestHead = crcMemberBytes + '"size":999999999999,'.length;
const valuesMark = ',"values":[';

/** Makes a line of `body`: the members and the closing brace. */
export function frame(body: string): string {
  const rest = `"size":${Buffer.byteLength(body)},${body}`;
  return `{"crc":"${crc32(rest).toString(16).padStart(8, '0')}",${rest}\n`;
}

/** The body of a line (without its newline), or undefined when the line is damaged. */
export function unframe(line: Buffer): Buffer | undefined {
  const head = parseHead(line);
  if (!head || line.length !== head.bytes + head.bodyBytes) return undefined;
  if (crc32(line.subarray(crcMemberBytes)) !== head.crc) return undefined;
  return line.subarray(head.bytes);
}

/**
 * Whether `tail`, the bytes behind the last newline of a log, is what a crash leaves of a line being written:
 * a beginning of one, perhaps with zeros where the file had grown already. Anything else is damage, also one
 * single byte where the newline belongs: that line may have been acknowledged.
 */
export function isTorn(tail: Buffer): boolean {
  let end = tail.length;
  while (end > 0 && tail[end - 1] === 0) end--;
  const head = parseHead(tail.subarray(0, end));
  if (!head) return isHeadBeginning(tail.toString('latin1', 0, Math.min(end, longestHead + 1)));
  const lineBytes = head.bytes + head.bodyBytes;
  if (end !== lineBytes) return end < lineBytes;
  return tail.length !== lineBytes + 1;
}

function parseHead(line: Buffer): { crc: number; bytes: number; bodyBytes: number } | undefined {
  const text = line.toString('latin1', 0, longestHead);
  const crc = crcMember.exec(text.slice(0, crcMemberBytes));
  const size = sizeMember.exec(text.slice(crcMemberBytes));
  if (!crc?.[1] || !size?.[1]) return undefined;
  return {
    crc: Number.parseInt(crc[1], 16),
    bytes: crcMemberBytes + size[0].length,
    bodyBytes: Number(size[1]),
  };
}

function isHeadBeginning(text: string): boolean {
  const digits = /^"size":(0|[1-9][0-9]{0,11})?$/;
  const crc = text.slice(0, crcMemberBytes);
  if (crc.length < crcMemberBytes) {
    return crcMember.test(crc + '{"crc":"00000000",'.slice(crc.length));
  }
  const rest = text.slice(crcMemberBytes);
  return crcMember.test(crc) && ('"size":'.startsWith(rest) || digits.test(rest));
}

/** First line of a log segment: it holds the transactions behind revision `after`. */
export interface SegmentHeader {
  readonly format: 'slipway-store-log';
  readonly version: 1;
  readonly after: number;
}

/** First line of a snapshot: `count` entries follow, the state at `revision`. */
export interface SnapshotHeader {
  readonly format: 'slipway-store-snapshot';
  readonly version: 1;
  readonly revision: number;
  readonly count: number;
}

export function encodeHeader(header: SegmentHeader | SnapshotHeader): string {
  return frame(JSON.stringify(header).slice(1));
}

/** The header in the first line of a file; undefined when it is another format or version. */
export function decodeHeader<T extends SegmentHeader | SnapshotHeader>(
  body: Buffer,
  format: T['format'],
): T | undefined {
  const header = JSON.parse(`{${body.toString()}`) as T;
  return header.format === format && header.version === 1 ? header : undefined;
}

/** A transaction, or the note that history was compacted by request. */
export type LogRecord =
  | { readonly type: 'transaction'; readonly revision: number; readonly changes: readonly LoggedChange[] }
  | { readonly type: 'compaction'; readonly compacted: number };

export interface LoggedChange {
  readonly key: string;
  /** Undefined: deleted. */
  readonly json: string | undefined;
  readonly expiresAt: number | undefined;
}

/** What a value's text becomes on its way to disk; see seal.ts. */
export type Seal = (key: string, json: string) => string;

export function encodeTransaction(revision: number, changes: readonly Change[], seal?: Seal): string {
  const ops: string[] = [];
  const values: string[] = [];
  for (const { key, entry } of changes) {
    if (!entry) {
      ops.push(`{"delete":${JSON.stringify(key)}}`);
      continue;
    }
    const expires = entry.expiresAt === undefined ? '' : `,"expires":${entry.expiresAt}`;
    const text = seal ? seal(key, entry.json) : entry.json;
    ops.push(`{"put":${JSON.stringify(key)},"size":${Buffer.byteLength(text)}${expires}}`);
    values.push(text);
  }
  return frame(`"revision":${revision},"ops":[${ops.join(',')}]${valuesMark}${values.join(',')}]}`);
}

export function encodeCompaction(compacted: number): string {
  return frame(`"compacted":${compacted}}`);
}

/** Reads what the two functions above wrote; the checksum has been verified, so shape is an invariant. */
export function decodeRecord(body: Buffer): LogRecord {
  const mark = body.indexOf(valuesMark);
  if (mark < 0) {
    const { compacted } = JSON.parse(`{${body.toString()}`) as { compacted?: number };
    assert(typeof compacted === 'number', 'a record is a transaction or a compaction');
    return { type: 'compaction', compacted };
  }
  const head = JSON.parse(`{${body.toString('utf8', 0, mark)}}`) as {
    revision: number;
    ops: ({ put: string; size: number; expires?: number } | { delete: string })[];
  };
  let at = mark + valuesMark.length;
  const changes = head.ops.map((op): LoggedChange => {
    if ('delete' in op) return { key: op.delete, json: undefined, expiresAt: undefined };
    const json = body.toString('utf8', at, at + op.size);
    at += op.size + 1;
    return { key: op.put, json, expiresAt: op.expires };
  });
  return { type: 'transaction', revision: head.revision, changes };
}

export type SnapshotEntry = Omit<StoredEntry, 'value' | 'forget'>;

const valueMark = ',"value":';

export function encodeSnapshotEntry(entry: SnapshotEntry, seal?: Seal): string {
  const expires = entry.expiresAt === undefined ? '' : `,"expires":${entry.expiresAt}`;
  const head = `"key":${JSON.stringify(entry.key)},"created":${entry.createRevision},"modified":${entry.modRevision}`;
  return frame(`${head}${expires}${valueMark}${seal ? seal(entry.key, entry.json) : entry.json}}`);
}

export function decodeSnapshotEntry(body: Buffer): SnapshotEntry {
  const mark = body.indexOf(valueMark);
  const head = JSON.parse(`{${body.toString('utf8', 0, mark)}}`) as {
    key: string;
    created: number;
    modified: number;
    expires?: number;
  };
  return {
    key: head.key,
    json: body.toString('utf8', mark + valueMark.length, body.length - 1),
    createRevision: head.created,
    modRevision: head.modified,
    expiresAt: head.expires,
  };
}
