import { type Answer, type DecodedPacket, decode, encode, type OptAnswer, type Question } from 'dns-packet';
import { answerFromZone, type ZoneAnswer } from './answer.ts';
import type { Upstream } from './upstream.ts';
import type { Zone } from './zone.ts';

/** Response codes (RFC 1035, 6891). */
const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, BADVERS: 16 } as const;
type Rcode = keyof typeof rcodes;

const flags = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
};
const opcodeMask = 0x7800;
const headerBytes = 12;
/** Without EDNS a UDP message holds 512 bytes; with it as much as surely passes unfragmented (DNS flag day 2020). */
const plainUdpBytes = 512;
const maxUdpBytes = 1232;

export interface ResponderOptions {
  readonly zone: Zone;
  readonly upstream: Upstream;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
  /** In [0, 1); for the order of addresses. */
  readonly random?: () => number;
}

/**
 * Answers DNS messages: names of the cluster from the zone, all others by an upstream server. Knows nothing of
 * sockets. Resolves to undefined for what deserves no answer (another answer, or fewer bytes than a header).
 */
export class Responder {
  readonly #options: ResponderOptions;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async respond(message: Buffer, protocol: 'udp' | 'tcp', signal: AbortSignal): Promise<Buffer | undefined> {
    if (message.length < headerBytes || (message.readUInt16BE(2) & flags.response) !== 0) return undefined;
    try {
      return await this.#answer(message, protocol, signal);
    } catch (error) {
      this.#options.log('answering failed', { error: String(error) });
      return bareResponse(message, 'SERVFAIL');
    }
  }

  async #answer(message: Buffer, protocol: 'udp' | 'tcp', signal: AbortSignal): Promise<Buffer> {
    if ((message.readUInt16BE(2) & opcodeMask) !== 0) return bareResponse(message, 'NOTIMP');
    const query = tryDecode(message);
    const [question, ...more] = query?.questions ?? [];
    if (!query || !question || more.length > 0) return bareResponse(message, 'FORMERR');
    const edns = query.additionals?.find((record): record is OptAnswer => record.type === 'OPT');
    const context: QueryContext = { message, query, question, edns, protocol, signal };
    if (edns && edns.ednsVersion > 0) return encodeResponse(context, failure('BADVERS'));
    const known =
      question.class === 'IN' ? answerFromZone(this.#options.zone, question.name, question.type) : undefined;
    if (!known) return this.#forward(context);
    const followed = known.follow === undefined ? known : await this.#follow(known, context);
    return encodeResponse(context, {
      ...followed,
      answers: this.#shuffle(followed.answers),
      isAuthoritative: true,
    });
  }

  async #forward(context: QueryContext): Promise<Buffer> {
    const { message, protocol, signal, question } = context;
    try {
      return await this.#options.upstream.forward(message, protocol, signal);
    } catch (error) {
      if (!signal.aborted)
        this.#options.log('no answer from upstream', { name: question.name, error: String(error) });
      return encodeResponse(context, failure('SERVFAIL'));
    }
  }

  /** Appends the addresses of an alias' target; without them the client can still ask for them itself. */
  async #follow(known: ZoneAnswer, { question, protocol, signal }: QueryContext): Promise<ZoneAnswer> {
    const query = encode({
      type: 'query',
      id: Math.floor(Math.random() * 65_536),
      flags: flags.recursionDesired,
      questions: [{ type: question.type, name: known.follow ?? '' }],
    });
    try {
      const response = tryDecode(await this.#options.upstream.forward(query, protocol, signal));
      return { ...known, answers: [...known.answers, ...(response?.answers ?? [])] };
    } catch (error) {
      if (!signal.aborted)
        this.#options.log('no answer from upstream', { name: known.follow, error: String(error) });
      return known;
    }
  }

  /** Addresses in another order each time spread clients that take the first one. Aliases stay in front. */
  #shuffle(answers: readonly Answer[]): readonly Answer[] {
    if (answers.length < 2 || !answers.every(({ type }) => type === 'A' || type === 'AAAA')) return answers;
    const { random = Math.random } = this.#options;
    const start = Math.floor(random() * answers.length);
    return [...answers.slice(start), ...answers.slice(0, start)];
  }
}

interface QueryContext {
  readonly message: Buffer;
  readonly query: DecodedPacket;
  readonly question: Question;
  readonly edns: OptAnswer | undefined;
  readonly protocol: 'udp' | 'tcp';
  readonly signal: AbortSignal;
}

interface Response {
  readonly rcode: Rcode;
  readonly answers: readonly Answer[];
  readonly additionals: readonly Answer[];
  readonly authorities: readonly Answer[];
  readonly isAuthoritative: boolean;
}

const failure = (rcode: Rcode): Response => ({
  rcode,
  answers: [],
  additionals: [],
  authorities: [],
  isAuthoritative: false,
});

/** Fits the response into what the client can take: first without additional records, then cut and marked so. */
function encodeResponse(context: QueryContext, response: Response): Buffer {
  const { edns, protocol } = context;
  const edgeBytes = edns
    ? Math.min(Math.max(edns.udpPayloadSize, plainUdpBytes), maxUdpBytes)
    : plainUdpBytes;
  const limit = protocol === 'tcp' ? 65_535 : edgeBytes;
  const whole = encodeOnce(context, response, 0);
  if (whole.length <= limit) return whole;
  const lean = { ...response, additionals: [] };
  const withoutExtras = encodeOnce(context, lean, 0);
  if (withoutExtras.length <= limit) return withoutExtras;
  for (let count = response.answers.length - 1; count > 0; count--) {
    const cut = encodeOnce(context, { ...lean, answers: response.answers.slice(0, count) }, flags.truncated);
    if (cut.length <= limit) return cut;
  }
  return encodeOnce(context, { ...lean, answers: [], authorities: [] }, flags.truncated);
}

function encodeOnce({ query, question, edns }: QueryContext, response: Response, extraFlags: number): Buffer {
  const code = rcodes[response.rcode];
  const opt: OptAnswer | undefined = edns && {
    type: 'OPT',
    name: '.',
    udpPayloadSize: maxUdpBytes,
    extendedRcode: code >> 4,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags:
      extraFlags |
      (code & 0xf) |
      flags.recursionAvailable |
      (query.flag_rd ? flags.recursionDesired : 0) |
      (response.isAuthoritative ? flags.authoritative : 0),
    questions: [question],
    answers: [...response.answers],
    authorities: [...response.authorities],
    additionals: [...response.additionals, ...(opt ? [opt] : [])],
  });
}

/** An answer to a message that cannot be read: its id and flags, and nothing else. */
function bareResponse(message: Buffer, rcode: Rcode): Buffer {
  const response = Buffer.alloc(headerBytes);
  response.writeUInt16BE(message.readUInt16BE(0), 0);
  const kept = message.readUInt16BE(2) & (opcodeMask | flags.recursionDesired);
  response.writeUInt16BE(kept | flags.response | flags.recursionAvailable | rcodes[rcode], 2);
  return response;
}

function tryDecode(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}
