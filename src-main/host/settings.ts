import { mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Settings } from '@shared/rpc/contract.ts';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';

const defaults: Settings = { theme: 'system', confirmDelete: true, autostart: [] };

/**
 * Settings in one small JSON file. A file that cannot be parsed is kept beside as `.broken`, reported through
 * `log`, and the defaults apply: settings can be chosen again, cluster state (never here) cannot.
 */
export class SettingsFile {
  readonly #db: Low<Settings>;

  private constructor(db: Low<Settings>) {
    this.#db = db;
  }

  static async open(file: string, log: (message: string) => void): Promise<SettingsFile> {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const db = new Low<Settings>(new JSONFile<Settings>(file), defaults);
    try {
      await db.read();
    } catch (error) {
      renameSync(file, `${file}.broken`);
      log(`${file} could not be read and was set aside as ${file}.broken: ${String(error)}`);
      db.data = defaults;
    }
    db.data = parseSettings(db.data);
    return new SettingsFile(db);
  }

  get(): Settings {
    return this.#db.data;
  }

  /** Changes what `change` names and resolves once it is written. */
  async set(change: Partial<Settings>): Promise<Settings> {
    this.#db.data = parseSettings({ ...this.#db.data, ...change });
    await this.#db.write();
    return this.#db.data;
  }
}

function parseSettings(value: unknown): Settings {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const theme = given.theme;
  const autostart = given.autostart;
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    confirmDelete: given.confirmDelete !== false,
    autostart: Array.isArray(autostart)
      ? autostart.filter((name): name is string => typeof name === 'string')
      : [],
  };
}
