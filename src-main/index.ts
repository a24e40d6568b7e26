import { runShell } from './app/shell.ts';
import { resolveDataDir } from './host/data-dir.ts';
import { toErrorBody } from './host/error-body.ts';
import { runHost } from './host/host.ts';
import { runningInstance } from './host/instance.ts';

/** Electron entry. `--data-dir FOLDER` as with the `slipway` command. */
const dataDir = resolveDataDir(flagValue(process.argv, '--data-dir'));

void runShell({
  dataDir,
  running: () => {
    const other = runningInstance(dataDir);
    return other && other.port !== 0 ? `http://127.0.0.1:${other.port}/?token=${other.token}` : undefined;
  },
  host: (onReady, signal) =>
    runHost(
      {
        dataDir,
        port: 0,
        shell: 'electron',
        endsWhenIdle: false,
        onReady: ({ url }) => onReady(url),
        log: (message) => process.stderr.write(`${message}\n`),
      },
      signal,
    ),
  explain: (error) => {
    const { message, remedy } = toErrorBody(error);
    return [message, remedy].filter(Boolean).join('\n\n');
  },
});

/** The value of `--flag VALUE` or `--flag=VALUE`. */
function flagValue(argv: readonly string[], flag: string): string | undefined {
  const at = argv.findIndex((argument) => argument === flag || argument.startsWith(`${flag}=`));
  return at < 0 ? undefined : argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
}
