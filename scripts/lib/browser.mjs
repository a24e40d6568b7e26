import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'brave-browser',
];
const macApps = ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'];
const windowsFiles = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];

/** The first installed browser of the Chromium family, or undefined. Looks at files only. */
export function findBrowser() {
  return candidates().find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function candidates() {
  if (process.env.SLIPWAY_BROWSER) return [process.env.SLIPWAY_BROWSER];
  if (process.platform === 'darwin')
    return macApps.map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`);
  if (process.platform === 'win32') {
    const folders = [
      process.env.PROGRAMFILES,
      process.env['PROGRAMFILES(X86)'],
      process.env.LOCALAPPDATA,
    ].filter(Boolean);
    return folders.flatMap((folder) => windowsFiles.map((file) => join(folder, file)));
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => existsSync(folder));
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}
