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
