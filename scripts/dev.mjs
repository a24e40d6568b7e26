#!/usr/bin/env node
/**
 * Development: Vite serves the window with hot reload, the app runs behind it. Without Electron's binary plain
 * Node.js takes its place.
 */
import { electronBinary, hasDisplay } from './lib/electron-binary.mjs';
import { runBin, say } from './lib/shell.mjs';

const electron = electronBinary();
const env = { ...process.env };
if (!electron.file || !hasDisplay()) {
  say(`running without Electron (${electron.missing ?? 'there is no display'}); open the printed address.`);
  env.ELECTRON_EXEC_PATH = process.execPath;
  env.ELECTRON_ENTRY = 'out/main/cli.js';
}
process.exitCode = await runBin('electron-vite', ['dev', '--', 'serve'], { env });
