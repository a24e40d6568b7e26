import type { Settings } from '@shared/rpc/contract.ts';
import { useEffect, useState } from 'react';
import { useApp } from '../data/context.tsx';
import { readPref, writePref } from '../data/prefs.ts';
import { useReadable } from '../data/readable.ts';

export type Theme = Settings['theme'];

/** Sets the theme before the first drawing, from what the last start knew. */
export function applyInitialTheme(): void {
  paint((readPref('theme') as Theme | undefined) ?? 'system');
}

function isLight(theme: Theme): boolean {
  return (
    theme === 'light' || (theme === 'system' && window.matchMedia('(prefers-color-scheme: light)').matches)
  );
}

function paint(theme: Theme): void {
  document.documentElement.dataset.theme = isLight(theme) ? 'light' : 'dark';
}

/** The theme of the settings, painted; `set` stores it. */
export function useTheme(): { theme: Theme; set: (theme: Theme) => void } {
  const app = useApp();
  const settings = useReadable(app.settings);
  const [local, setLocal] = useState<Theme>((readPref('theme') as Theme | undefined) ?? 'system');
  const theme = settings?.theme ?? local;
  useEffect(() => {
    paint(theme);
    writePref('theme', theme);
    const query = window.matchMedia('(prefers-color-scheme: light)');
    const onChange = () => paint(theme);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, [theme]);
  return {
    theme,
    set: (next) => {
      setLocal(next);
      paint(next);
      writePref('theme', next);
      void app.changeSettings({ theme: next }).catch(() => undefined);
    },
  };
}
