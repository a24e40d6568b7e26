import { join } from 'node:path';
import { app, dialog } from 'electron';
import { installMenu } from './menu.ts';
import { openWindow } from './window.ts';

export interface ShellOptions {
  readonly dataDir: string;
  /** Address of the window of the app that holds the data folder already (started by the command line). */
  running(): string | undefined;
  /** Runs an app of its own until the signal aborts; calls `onReady` with the address once a window can open. */
  host(onReady: (url: string) => void, signal: AbortSignal): Promise<void>;
  /** What an error means and what to do, for a message box. */
  explain(error: unknown): string;
}

/**
 * One window on the app that holds the data folder: on the running one, or on one of its own that ends with the
 * window. A second start on the same folder brings the first one's window to the front and ends; starts on other
 * folders stand side by side.
 */
export async function runShell(options: ShellOptions): Promise<void> {
  // Electron's lock belongs to this folder; so do cookies and what the window remembers.
  app.setPath('userData', join(options.dataDir, 'electron'));
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  let url: string | undefined;
  const show = () => url !== undefined && openWindow(url);
  const ended = new AbortController();
  app.on('second-instance', show);
  app.on('activate', show);
  // The host ends first (clusters stay up, sockets close), then the app does.
  app.on('window-all-closed', () => ended.abort());
  await app.whenReady();
  installMenu(show);
  const open = (address: string) => {
    url = address;
    show();
  };
  const other = options.running();
  if (other === undefined) {
    try {
      await options.host(open, ended.signal);
    } catch (error) {
      dialog.showErrorBox('Slipway cannot start', options.explain(error));
    }
  } else {
    open(other);
    await aborted(ended.signal);
  }
  app.exit();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
