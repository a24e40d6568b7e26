import { EventEmitter } from 'node:events';

/**
 * Stands in for the `electron` module in unit tests, since its binary cannot run there: records what the shell
 * asks of Electron, so that tests can hold it against what a window may and may not do.
 */
export interface RecordedWindow {
  readonly options: { readonly webPreferences?: Readonly<Record<string, unknown>> };
  readonly urls: string[];
  focused: number;
  openHandler: ((details: { url: string }) => { action: string }) | undefined;
  readonly contents: EventEmitter;
}

export const recordedWindows: RecordedWindow[] = [];
export const openedExternally: string[] = [];

export class BrowserWindow {
  static readonly all: BrowserWindow[] = [];
  readonly #record: RecordedWindow;
  readonly webContents: EventEmitter & { setWindowOpenHandler(handler: RecordedWindow['openHandler']): void };

  constructor(options: RecordedWindow['options']) {
    const contents = new EventEmitter();
    this.#record = { options, urls: [], focused: 0, openHandler: undefined, contents };
    this.webContents = Object.assign(contents, {
      setWindowOpenHandler: (handler: RecordedWindow['openHandler']) => {
        this.#record.openHandler = handler;
      },
    });
    recordedWindows.push(this.#record);
    BrowserWindow.all.push(this);
  }

  static getAllWindows(): readonly BrowserWindow[] {
    return BrowserWindow.all;
  }

  async loadURL(url: string): Promise<void> {
    this.#record.urls.push(url);
  }

  isMinimized(): boolean {
    return false;
  }

  restore(): void {}

  focus(): void {
    this.#record.focused += 1;
  }
}

export const shell = {
  openExternal: async (url: string) => {
    openedExternally.push(url);
  },
};

/** What the shell did with the app as a whole. */
export interface RecordedApp {
  readonly paths: Map<string, string>;
  readonly calls: string[];
  readonly errors: string[];
  /** What `requestSingleInstanceLock` answers: false when another start holds the lock. */
  lock: boolean;
}

export const recordedApp: RecordedApp = { paths: new Map(), calls: [], errors: [], lock: true };

export const app = Object.assign(new EventEmitter(), {
  setPath: (name: string, path: string) => void recordedApp.paths.set(name, path),
  requestSingleInstanceLock: () => recordedApp.lock,
  whenReady: async () => undefined,
  quit: () => void recordedApp.calls.push('quit'),
  exit: () => void recordedApp.calls.push('exit'),
  setAboutPanelOptions: () => undefined,
});

export const dialog = {
  showErrorBox: (title: string, text: string) => void recordedApp.errors.push(`${title}: ${text}`),
};

export const Menu = {
  buildFromTemplate: (template: object) => template,
  setApplicationMenu: () => undefined,
};

/** Forgets all that was recorded, windows and listeners included. */
export function resetElectron(): void {
  recordedWindows.length = 0;
  openedExternally.length = 0;
  BrowserWindow.all.length = 0;
  app.removeAllListeners();
  recordedApp.paths.clear();
  recordedApp.calls.length = 0;
  recordedApp.errors.length = 0;
  recordedApp.lock = true;
}
