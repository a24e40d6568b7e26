import { objectPath } from '@shared/client/client.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { socketUrl } from './socket-transport.ts';

/** Channels of `v4.channel.k8s.io`: the first byte of every frame. */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

export interface ExecTarget {
  /** `/clusters/dev` */
  readonly base: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

export interface ExecListener {
  onOpen(): void;
  onOutput(bytes: Uint8Array): void;
  /** Once, at the end. `exitCode` is undefined when the connection broke or never stood. */
  onEnd(end: { readonly exitCode: number | undefined; readonly message: string }): void;
}

export interface ExecSession {
  send(text: string): void;
  resize(size: { columns: number; rows: number }): void;
  close(): void;
}

/** Runs a command in a container with a terminal. */
export function openExec(target: ExecTarget, listener: ExecListener): ExecSession {
  const query = new URLSearchParams({
    container: target.container,
    stdin: 'true',
    stdout: 'true',
    stderr: 'true',
    tty: 'true',
  });
  for (const part of target.command) query.append('command', part);
  const path = objectPath(podKind, { namespace: target.namespace, name: target.pod }, 'exec');
  const url = `${target.base}${path}?${query}`;
  const socket = new WebSocket(socketUrl(url), 'v4.channel.k8s.io');
  socket.binaryType = 'arraybuffer';
  let opened = false;
  let ended = false;
  let status: string | undefined;

  const end = (message: string, exitCode?: number) => {
    if (ended) return;
    ended = true;
    listener.onEnd({ exitCode, message });
  };
  socket.addEventListener('open', () => {
    opened = true;
    listener.onOpen();
  });
  socket.addEventListener('message', (event) => {
    if (!(event.data instanceof ArrayBuffer)) return;
    const frame = new Uint8Array(event.data);
    const body = frame.subarray(1);
    if (frame[0] === channels.stdout || frame[0] === channels.stderr) listener.onOutput(body);
    else if (frame[0] === channels.error) status = (status ?? '') + new TextDecoder().decode(body);
  });
  socket.addEventListener('close', (event) => {
    const { message, exitCode } = readEnd(status);
    if (status !== undefined) end(message, exitCode);
    else if (opened) end(event.reason || 'The connection was closed.');
    else void refusalOf(url).then((message) => end(message));
  });

  const send = (channel: number, text: string) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const body = new TextEncoder().encode(text);
    const frame = new Uint8Array(body.length + 1);
    frame[0] = channel;
    frame.set(body, 1);
    socket.send(frame);
  };
  return {
    send: (text) => send(channels.stdin, text),
    resize: ({ columns, rows }) => send(channels.resize, JSON.stringify({ Width: columns, Height: rows })),
    close: () => {
      ended = true;
      socket.close();
    },
  };
}

const unopened =
  'The terminal could not be opened. The container may not be running, or the node cannot be reached.';

/** A browser hides why a WebSocket was refused; the same request without one tells. */
async function refusalOf(url: string): Promise<string> {
  try {
    const body: unknown = await (await fetch(url)).json();
    const message =
      typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
    return message === '' || /upgrade/i.test(message)
      ? unopened
      : `The terminal could not be opened: ${message}.`;
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return unopened;
    throw error;
  }
}

/** The Status that ends a session: success, or a failure whose cause `ExitCode` names the code. */
export function readEnd(status: string | undefined): { message: string; exitCode: number | undefined } {
  if (status === undefined || status === '') return { message: '', exitCode: undefined };
  try {
    const body = JSON.parse(status) as {
      status?: string;
      message?: string;
      details?: { causes?: { reason?: string; message?: string }[] };
    };
    if (body.status === 'Success') return { message: 'The shell has ended.', exitCode: 0 };
    const cause = body.details?.causes?.find((item) => item.reason === 'ExitCode');
    if (cause?.message !== undefined)
      return {
        message: `The shell has ended with exit code ${cause.message}.`,
        exitCode: Number(cause.message),
      };
    return { message: body.message ?? 'The command could not be run.', exitCode: undefined };
  } catch (error) {
    if (error instanceof SyntaxError) return { message: status, exitCode: undefined };
    throw error;
  }
}
