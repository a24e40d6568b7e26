import { once } from 'node:events';
import { connect } from 'node:tls';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const frameTypes = { data: 0, headers: 1, reset: 3, settings: 4, goAway: 7, windowUpdate: 8 };
const endStream = 1;
const endHeaders = 4;
const ack = 1;
const largestWindow = 2 ** 31 - 1;
const replenishBytes = 2 ** 28;

/**
 * One HTTP/2 connection (RFC 9113) that does what a bench needs and nothing else, because every microsecond the
 * driver takes is one the server on the same machine does not get. No Huffman code, no dynamic table, no priorities.
 */
export class Connection {
  #socket;
  #streams = new Map();
  #nextId = 1;
  #rest = Buffer.alloc(0);
  #unacknowledged = 0;

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('close', () => {
      for (const stream of this.#streams.values()) stream.fail(new Error('the server closed the connection'));
    });
    socket.on('error', () => {});
  }

  static async open({ port, ca, cert, key }) {
    const socket = connect({ host: '127.0.0.1', port, ca, cert, key, ALPNProtocols: ['h2'] });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    const connection = new Connection(socket);
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(1, 0); // SETTINGS_HEADER_TABLE_SIZE: 0, so that no block depends on another
    settings.writeUInt16BE(4, 6); // SETTINGS_INITIAL_WINDOW_SIZE
    settings.writeUInt32BE(largestWindow, 8);
    socket.write(
      Buffer.concat([
        preface,
        frame(frameTypes.settings, 0, 0, settings),
        windowUpdate(largestWindow - 65_535),
      ]),
    );
    return connection;
  }

  /** Sends a request; resolves to the bytes of the answer's body. Rejects unless the status is 2xx. */
  request(head, body) {
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks = [];
      this.#send(head, body, {
        headers: (block) => (status = statusOf(block)),
        data: (chunk) => chunks.push(chunk),
        end: () =>
          status >= 200 && status < 300
            ? resolve(chunks)
            : reject(new Error(`HTTP ${status}: ${Buffer.concat(chunks)}`)),
        fail: reject,
      });
    });
  }

  /** Begins a watch; `onData` gets its bytes as they come. */
  watch(head, onData) {
    return new Promise((resolve, reject) => {
      this.#send(head, undefined, { headers: () => resolve(), data: onData, end: () => {}, fail: reject });
    });
  }

  close() {
    this.#socket.destroy();
  }

  #send(head, body, stream) {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#streams.set(id, stream);
    const headers = frame(frameTypes.headers, endHeaders | (body ? 0 : endStream), id, head);
    this.#socket.write(
      body ? Buffer.concat([headers, frame(frameTypes.data, endStream, id, body)]) : headers,
    );
  }

  #read(chunk) {
    let buffer = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (buffer.length >= 9) {
      const length = buffer.readUIntBE(0, 3);
      if (buffer.length < 9 + length) break;
      this.#take(buffer[3], buffer[4], buffer.readUInt32BE(5), buffer.subarray(9, 9 + length));
      buffer = buffer.subarray(9 + length);
    }
    this.#rest = buffer;
  }

  #take(type, flags, id, payload) {
    const stream = this.#streams.get(id);
    if (type === frameTypes.settings && !(flags & ack))
      this.#socket.write(frame(frameTypes.settings, ack, 0));
    else if (type === frameTypes.goAway || type === frameTypes.reset) stream?.fail(new Error('refused'));
    else if (type === frameTypes.headers) stream?.headers(payload);
    else if (type === frameTypes.data) {
      this.#replenish(payload.length);
      stream?.data(payload);
    }
    if ((type === frameTypes.headers || type === frameTypes.data) && flags & endStream) {
      this.#streams.delete(id);
      stream?.end();
    }
  }

  #replenish(bytes) {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < replenishBytes) return;
    this.#socket.write(windowUpdate(this.#unacknowledged));
    this.#unacknowledged = 0;
  }
}

function frame(type, flags, id, payload = Buffer.alloc(0)) {
  const result = Buffer.allocUnsafe(9 + payload.length);
  result.writeUIntBE(payload.length, 0, 3);
  result[3] = type;
  result[4] = flags;
  result.writeUInt32BE(id, 5);
  payload.copy(result, 9);
  return result;
}

function windowUpdate(increment) {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(frameTypes.windowUpdate, 0, 0, payload);
}

/** A header block of literals (RFC 7541, 6.2.2). */
export function headerBlock(headers) {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.from([0]),
      literal(name),
      literal(String(value)),
    ]),
  );
}

function literal(text) {
  const bytes = Buffer.from(text);
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  return Buffer.concat([Buffer.from([127, ...integerRest(bytes.length - 127)]), bytes]);
}

function integerRest(value) {
  return value < 128 ? [value] : [(value % 128) + 128, ...integerRest(Math.floor(value / 128))];
}

/** `:status` comes first: as an index of the static table, or as a literal of three digits, Huffman coded or not. */
function statusOf(block) {
  const at = (block[0] & 0xe0) === 0x20 ? 1 : 0; // a change of the table's size may come before
  const indexed = { 136: 200, 137: 204, 140: 400, 141: 404, 142: 500 }[block[at]];
  if (indexed) return indexed;
  const value = block.subarray(at + 2, at + 2 + (block[at + 1] & 0x7f));
  return block[at + 1] & 0x80 ? digits(value) : Number(value.toString('latin1'));
}

/** Huffman codes of digits (RFC 7541, appendix B): 0 to 2 have five bits, 3 to 9 six. */
function digits(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let text = '';
  for (let at = 0; text.length < 3 && at < bits.length; ) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    if (short < 3) text += short;
    else text += Number.parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3;
    at += short < 3 ? 5 : 6;
  }
  return Number(text);
}
