#!/usr/bin/env node
/** Installers by electron-builder, which fetches Electron and its packaging tools from GitHub. */
import { runBin } from './lib/shell.mjs';

process.exitCode = await runBin('electron-builder', process.argv.slice(2));
