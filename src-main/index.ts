import { app, dialog } from 'electron';
import { installMenu } from './app/menu.ts';
import { openWindow } from './app/window.ts';
import { resolveDataDir } from './host/data-dir.ts';
import { toErrorBody } from './host/error-body.ts';
import { runHost } from './host/host.ts';
import { runningInstance } from './host/instance.ts';

/**
 * Electron entry: one window on the gateway of a host that runs in this process, or of the one that already holds
 * the data folder (started by the command line).
 */
const dataDir = resolveDataDir(flagValue('--data-dir'));
const ended = new AbortController();

if (!app.requestSingleInstanceLock()) app.quit();
else void app.whenReady().then(start);

async function start(): Promise<void> {
  let url = '';
  app.on('second-instance', () => openWindow(url));
  app.on('activate', () => openWindow(url));
  // The host ends first (clusters stay up, sockets close), then the app does.
  app.on('window-all-closed', () => ended.abort());
  installMenu(() => openWindow(url));
  const other = runningInstance(dataDir);
  if (other && other.port !== 0) {
    url = `http://127.0.0.1:${other.port}/?token=${other.token}`;
    openWindow(url);
    ended.signal.addEventListener('abort', () => app.exit());
    return;
  }
  try {
    await runHost(
      {
        dataDir,
        port: 0,
        shell: 'electron',
        endsWhenIdle: false,
        onReady: (gateway) => {
          url = gateway.url;
          openWindow(url);
        },
        log: (message) => process.stderr.write(`${message}\n`),
      },
      ended.signal,
    );
  } catch (error) {
    const { message, remedy } = toErrorBody(error);
    dialog.showErrorBox('Slipway cannot start', [message, remedy].filter(Boolean).join('\n\n'));
  }
  app.exit();
}

function flagValue(flag: string): string | undefined {
  const at = process.argv.indexOf(flag);
  return at < 0 ? undefined : process.argv[at + 1];
}
