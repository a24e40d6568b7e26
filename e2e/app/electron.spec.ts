import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, expect, test } from '@playwright/test';
import { electronBinary, hasDisplay } from '../../scripts/lib/electron-binary.mjs';
import { root } from '../../scripts/lib/shell.mjs';

const electron: { file?: string; missing?: string } = electronBinary();
const missing = electron.missing ?? (hasDisplay() ? undefined : 'there is no display');

test('the Electron app opens its window and ends with it', async () => {
  test.skip(missing !== undefined, `The Electron shell was not tested: ${missing}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-electron-'));
  const { SLIPWAY_DATA_DIR: _other, ...env } = process.env;
  const app = await _electron.launch({
    executablePath: electron.file ?? '',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root],
    env: { ...(env as Record<string, string>), SLIPWAY_DATA_DIR: dataDir },
  });
  try {
    const window = await app.firstWindow();
    await expect(window.getByRole('heading', { name: 'Your first cluster is one click away' })).toBeVisible();
    expect(
      await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((item) => item.getTitle())),
    ).toEqual(['Slipway']);
    // The page has no way into Node.js.
    expect(await window.evaluate(() => 'require' in globalThis || 'process' in globalThis)).toBe(false);
    const closed = app.waitForEvent('close');
    await window.close();
    await closed;
  } finally {
    await app.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
