import { contextBridge } from 'electron';

/** All the window is told by its shell; everything else comes from the gateway. */
contextBridge.exposeInMainWorld('slipwayShell', { platform: process.platform });
