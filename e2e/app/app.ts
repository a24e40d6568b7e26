import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Locator, Page } from '@playwright/test';
import { root } from '../../scripts/lib/shell.mjs';
import { Slipway } from '../harness/slipway.ts';

/** The built app as `slipway serve` runs it, with a data folder of its own. */
export class App {
  #slipway: Slipway | undefined;
  /** Address of the window with its token; known after {@link start}. */
  url = '';
  #child: ChildProcess | undefined;

  async start(port = 0): Promise<void> {
    const child = spawn(
      process.execPath,
      [join(root, 'out/main/cli.js'), 'serve', '--port', String(port), '--data-dir', this.slipway.dataDir],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /http:\S+/.exec(line)?.[0];
      if (url === undefined) continue;
      this.url = url;
      return;
    }
    throw new Error(`slipway serve ended with status ${child.exitCode} before it printed an address`);
  }

  /** Made when first asked for: files of tests are also read to list them, without a run that would clean up. */
  get slipway(): Slipway {
    this.#slipway ??= new Slipway();
    return this.#slipway;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Ends the app at once, as a crash does; clusters run on. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Opens a page of the window, e.g. `#/c/dev`. */
  async open(page: Page, address = ''): Promise<void> {
    await page.goto(`${this.url}${address}`);
  }

  /** Process id of a cluster's control plane. */
  controlPlanePid(cluster: string): number {
    const file = join(this.slipway.dataDir, 'clusters', cluster, 'control-plane.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
  }

  /** Deletes the clusters, ends the app, removes the folder. */
  async close(): Promise<void> {
    if (this.#slipway === undefined) return;
    try {
      await this.slipway.close();
    } finally {
      await this.kill();
      rmSync(this.slipway.dataDir, { recursive: true, force: true });
    }
  }
}

/** The YAML editor with that name; `fill` replaces its text as pasting does. */
export function editor(page: Page, name: string | RegExp): Locator {
  return page.getByRole('textbox', { name });
}

/** Rows of the list on the page, without its head. */
export function rows(page: Page): Locator {
  return page
    .getByRole('grid')
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell') });
}

/** The number beside a list's title. */
export function listCount(page: Page): Locator {
  return page.getByRole('heading', { level: 1 }).locator('.count');
}
