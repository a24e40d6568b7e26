import type { IncomingHttpHeaders } from 'node:http';
import type { StatusDetails } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { assertNever } from '@shared/lib/assert.ts';
import type { ServerContext } from '../context.ts';
import { type Encoding, protobufType } from '../representation/negotiate.ts';
import type {
  ApiServerRequest,
  ApiServerResponse,
  ListResponse,
  ObjectResponse,
  StreamResponse,
} from '../request.ts';
import type { HttpResponse } from './exchange.ts';
import { partBytes } from './part-buffers.ts';
import { byteParts, inParts, isLong, listParts, listText, taken, writeParts } from './parts.ts';
import { sendWatch } from './watch-answer.ts';

/** Answers larger than this are compressed for who accepts it, as in Kubernetes. */
const gzipBytes = 128 * 1024;

export interface Exchange {
  /** Undefined when the request could not even be parsed. */
  readonly request: ApiServerRequest | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly answer: ApiServerResponse;
  /** Asks for a turn to compute in, between parts of a long answer. */
  turn?: (() => Promise<void> | undefined) | undefined;
  /** Hears how many events of a kind a watch was sent. */
  onWatchEvents?(kind: AnyKind, count: number): void;
}

/** Writes an answer as HTTP. Resolves when it is handed over; a client that went away is no error. */
export async function sendResponse(
  server: ServerContext,
  exchange: Exchange,
  response: HttpResponse,
): Promise<void> {
  if (response.destroyed || response.writableEnded) return;
  const { answer } = exchange;
  const warnings = shortened(answer.warnings ?? []);
  if (warnings.length > 0)
    response.setHeader(
      'warning',
      warnings.map((warning) => headerText(`299 - ${JSON.stringify(warning)}`)),
    );
  response.setHeader('cache-control', 'no-cache, private');
  if (answer.type === 'object' && answer.code >= 400) setRetryAfter(answer, response);
  switch (answer.type) {
    case 'object':
      return sendText(exchange, response, {
        ...answer,
        text: () => answer.json ?? JSON.stringify(answer.value),
        protobuf: (encode) => encode.protobufObject(answer.value),
      });
    case 'list':
      if (answer.encoding !== 'yaml' && !isPretty(exchange) && isLong(answer)) {
        return sendLongList(exchange, answer, response);
      }
      return sendText(exchange, response, {
        ...answer,
        code: 200,
        text: () => listText(answer),
        protobuf: (encode) => encode.protobufList(answer),
      });
    case 'raw':
      return sendRaw(exchange, response, answer);
    case 'watch':
      return sendWatch(server, { ...exchange, answer }, response);
    case 'stream':
      return sendStream(answer, response);
    case 'handover':
      throw new Error('a handover is not sent: it runs');
    default:
      return assertNever(answer);
  }
}

/** Text as a header's value: Node writes a byte per character, clients read UTF-8. */
function headerText(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Clients look at the header, and at nothing else, to know whether trying again makes sense. */
function setRetryAfter({ code, value }: ObjectResponse, response: HttpResponse): void {
  const { retryAfterSeconds } = (value.details ?? {}) as StatusDetails;
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  else if (code === 429) response.setHeader('retry-after', '1');
}

/** What nobody has measured yet goes without a length, and is compressed on its way. */
async function sendLongList(exchange: Exchange, answer: ListResponse, response: HttpResponse): Promise<void> {
  response.statusCode = 200;
  const parts = await partsOf(answer, exchange.turn);
  if (response.destroyed) return;
  response.setHeader('content-type', answer.encoding === 'protobuf' ? protobufType : 'application/json');
  const isHead = exchange.request?.method === 'HEAD';
  if (!acceptsGzip(exchange.headers)) {
    return writeParts(isHead ? [] : parts, { sink: response, response }, exchange.turn);
  }
  response.setHeader('content-encoding', 'gzip');
  response.setHeader('vary', 'accept-encoding');
  if (isHead) {
    response.end();
    return;
  }
  const { createGzip } = await import('node:zlib');
  const sink = createGzip({ level: 1, chunkSize: partBytes });
  sink.on('error', () => response.destroy());
  response.once('close', () => sink.destroy());
  sink.pipe(response.body());
  await writeParts(parts, { sink, response }, exchange.turn);
}

async function partsOf(list: ListResponse, turn: Exchange['turn']): Promise<Iterable<Uint8Array>> {
  if (list.encoding !== 'protobuf') return listParts(list);
  const { protobufListPieces } = await import('../protobuf/answer.ts');
  return inParts(await protobufListPieces(list, turn));
}

interface TextAnswer {
  readonly code: number;
  readonly encoding?: Encoding;
  text(): string;
  protobuf(encode: typeof import('../protobuf/answer.ts')): Uint8Array;
}

/** Sends an object or a list in the encoding negotiated. */
async function sendText(exchange: Exchange, response: HttpResponse, answer: TextAnswer): Promise<void> {
  const { code, encoding = 'json' } = answer;
  switch (encoding) {
    case 'json': {
      const json = answer.text();
      const body = isPretty(exchange) ? `${JSON.stringify(JSON.parse(json), null, 2)}\n` : json;
      return sendBytes(exchange, response, { code, contentType: 'application/json', body });
    }
    case 'yaml': {
      const { stringify } = await import('yaml');
      const body = stringify(JSON.parse(answer.text()), { lineWidth: 0 });
      return sendBytes(exchange, response, { code, contentType: 'application/yaml', body });
    }
    case 'protobuf': {
      const body = answer.protobuf(await import('../protobuf/answer.ts'));
      return sendBytes(exchange, response, { code, contentType: protobufType, body });
    }
  }
}

/** What all warnings of an answer may have, and each of them when they have more; clients refuse longer headers. */
const warningLimits = { all: 4096, each: 256 };

/** Each warning once; when they are too long together, cut short and then left out, as Kubernetes does. */
function shortened(warnings: readonly string[]): readonly string[] {
  const once = [...new Set(warnings)];
  if (once.reduce((sum, { length }) => sum + length, 0) <= warningLimits.all) return once;
  const short = once.map((warning) => Array.from(warning).slice(0, warningLimits.each).join(''));
  let length = 0;
  const beyond = short.findIndex((warning) => {
    length += warning.length;
    return length > warningLimits.all;
  });
  return beyond === -1 ? short : short.slice(0, beyond);
}

/** For people's eyes: asked for, or a browser or command line tool that shows what it gets. */
function isPretty({ request }: Exchange): boolean {
  const asked = request?.query.get('pretty');
  if (asked) return ['1', 't', 'true'].includes(asked.toLowerCase());
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request?.userAgent ?? '');
}

async function sendRaw(
  exchange: Exchange,
  response: HttpResponse,
  answer: ApiServerResponse & { type: 'raw' },
): Promise<void> {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  return sendBytes(exchange, response, answer);
}

interface Payload {
  readonly code: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** Those set already. */
  readonly headers?: Readonly<Record<string, string>>;
}

async function sendBytes(exchange: Exchange, response: HttpResponse, payload: Payload): Promise<void> {
  let bytes = typeof payload.body === 'string' ? Buffer.from(payload.body) : payload.body;
  response.setHeader('content-type', payload.contentType);
  if (bytes.byteLength > gzipBytes && acceptsGzip(exchange.headers)) {
    bytes = await gzip(bytes);
    response.setHeader('content-encoding', 'gzip');
    const vary = payload.headers?.vary;
    response.setHeader('vary', vary === undefined ? 'accept-encoding' : `${vary}, accept-encoding`);
  }
  response.statusCode = payload.code;
  if (payload.code !== 304) response.setHeader('content-length', bytes.byteLength);
  if (payload.code === 413) response.setHeader('connection', 'close');
  if (exchange.request?.method === 'HEAD' || payload.code === 304) response.end();
  else if (bytes.byteLength <= 2 * partBytes) response.end(bytes);
  else await writeParts(byteParts(bytes), { sink: response, response }, exchange.turn);
}

function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  return String(headers['accept-encoding'] ?? '').includes('gzip');
}

async function gzip(bytes: Uint8Array): Promise<Buffer> {
  const { gzip: compress } = await import('node:zlib');
  return new Promise((resolve, reject) =>
    compress(bytes, { level: 1 }, (error, result) => (error ? reject(error) : resolve(result))),
  );
}

async function sendStream(answer: StreamResponse, response: HttpResponse): Promise<void> {
  response.statusCode = answer.code;
  response.setHeader('content-type', answer.contentType);
  response.flushHeaders();
  response.once('close', () => answer.body.dispose());
  try {
    for await (const chunk of answer.body) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await taken(response, response);
    }
    response.end();
  } catch {
    response.destroy(); // the headers are gone already: breaking off is all that can be said
  } finally {
    answer.body.dispose();
  }
}
