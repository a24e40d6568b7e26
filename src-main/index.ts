import { app, dialog } from 'electron';
import { installMenu } from './app/menu.ts';
import { openWindow } from './app/window.ts';
import { resolveDataDir } from './host/data-dir.ts';
import { toErrorBody } from './host/error-body.ts';
import { runHost } from './host/host.ts';

/** Electron entry: one window on the gateway of a host that runs in this process. */
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
  try {
    await runHost(
      {
        dataDir: resolveDataDir(),
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
