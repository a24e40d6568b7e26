import { fileURLToPath } from 'node:url';
import { BrowserWindow, shell } from 'electron';

/**
 * Opens the window, or brings the open one to the front. The page is the gateway's, as in a browser: no Node.js
 * in it, a sandbox around it, and links to anywhere else open in the user's browser.
 */
export function openWindow(url: string): void {
  const [open] = BrowserWindow.getAllWindows();
  if (open) {
    if (open.isMinimized()) open.restore();
    open.focus();
    return;
  }
  const origin = new URL(url).origin;
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 800,
    minHeight: 560,
    title: 'Slipway',
    backgroundColor: '#101418',
    webPreferences: {
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      preload: fileURLToPath(new URL('../preload/index.cjs', import.meta.url)),
    },
  });
  window.webContents.setWindowOpenHandler(({ url: target }) => {
    if (/^https?:/.test(target)) void shell.openExternal(target);
    return { action: 'deny' };
  });
  window.webContents.on('will-navigate', (event, target) => {
    if (new URL(target).origin !== origin) event.preventDefault();
  });
  void window.loadURL(url);
}
