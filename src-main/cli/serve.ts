import { printableLine } from '@shared/lib/printable.ts';
import { Command } from 'commander';
import { toErrorBody } from '../host/error-body.ts';
import { runHost } from '../host/host.ts';
import { runningInstance } from '../host/instance.ts';
import { contextOf } from './context.ts';
import { parsePort, printTable } from './output.ts';

/** `slipway serve`: the app without Electron. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('run the app without Electron and print the address of its window')
    .option('--port <port>', 'port on 127.0.0.1 (default: a free one)', parsePort, 0)
    .option('--background', 'end by itself once no cluster runs and nobody is connected')
    .action(async (flags: { port: number; background?: boolean }, command: Command) => {
      const { dataDir, format } = contextOf(command);
      const other = runningInstance(dataDir);
      if (other && other.port !== 0) {
        const url = `http://127.0.0.1:${other.port}/?token=${other.token}`;
        printTable(format, { url, pid: other.pid }, [
          [`Slipway already runs (process ${other.pid}): ${url}`],
        ]);
        return;
      }
      // In the background it is a file: when its disk is full the log has gaps, and the app goes on.
      process.stderr.on('error', () => undefined);
      const ended = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
      try {
        await runHost(
          {
            dataDir,
            port: flags.port,
            shell: 'browser',
            endsWhenIdle: flags.background === true,
            onReady: ({ url }) => {
              printTable(format, { url }, [[`Slipway: ${url}`]]);
              if (process.connected) process.disconnect();
            },
            log: (message) => process.stderr.write(`${printableLine(message)}\n`),
          },
          ended.signal,
        );
      } catch (error) {
        tellStarter(error);
        throw error;
      }
    });
}

/** The command that started this app in the background reports its failure. */
function tellStarter(error: unknown): void {
  if (process.connected) process.send?.({ error: toErrorBody(error) });
  if (process.connected) process.disconnect();
}
