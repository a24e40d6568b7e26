import { beforeEach, expect, test } from 'vitest';
import { openedExternally, recordedWindows, resetElectron } from '../testing/electron-recorder.ts';
import { openWindow } from './window.ts';

beforeEach(resetElectron);

test('the window is sandboxed, shows the gateway only, and a second call brings it to the front', () => {
  openWindow('http://127.0.0.1:4000/?token=a');
  openWindow('http://127.0.0.1:4000/?token=a');
  expect(recordedWindows).toHaveLength(1);
  const [window] = recordedWindows;
  expect(window?.options.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
  });
  expect(window?.urls).toEqual(['http://127.0.0.1:4000/?token=a']);
  expect(window?.focused).toBe(1);
});

test('links elsewhere open in the browser and never in the window', () => {
  openWindow('http://127.0.0.1:4000/');
  const [window] = recordedWindows;
  expect(window?.openHandler?.({ url: 'https://kubernetes.io/' })).toEqual({ action: 'deny' });
  expect(openedExternally).toEqual(['https://kubernetes.io/']);
  let prevented = 0;
  window?.contents.emit('will-navigate', { preventDefault: () => (prevented += 1) }, 'https://evil.example/');
  window?.contents.emit(
    'will-navigate',
    { preventDefault: () => (prevented += 1) },
    'http://127.0.0.1:4000/#/pods',
  );
  expect(prevented).toBe(1);
});
