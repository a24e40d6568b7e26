import type { ITheme } from '@xterm/xterm';

/** The terminal's colours in the theme at hand; both palettes keep text readable on their ground. */
export function terminalTheme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const light = document.documentElement.dataset.theme === 'light';
  return {
    background: token('--bg-inset'),
    foreground: token('--text'),
    cursor: token('--text'),
    cursorAccent: token('--bg-inset'),
    selectionBackground: light ? '#2464e040' : '#6ea5ff4d',
    ...(light
      ? {
          black: '#171b22',
          red: '#c0281d',
          green: '#15794a',
          yellow: '#8f5a00',
          blue: '#1d5fd8',
          magenta: '#9333b8',
          cyan: '#0f766e',
          white: '#606978',
          brightBlack: '#606978',
          brightRed: '#c0281d',
          brightGreen: '#15794a',
          brightYellow: '#8f5a00',
          brightBlue: '#1d5fd8',
          brightMagenta: '#9333b8',
          brightCyan: '#0f766e',
          brightWhite: '#171b22',
        }
      : {
          black: '#2a2f3a',
          red: '#ff7b72',
          green: '#4cc38a',
          yellow: '#f1b24a',
          blue: '#6ea5ff',
          magenta: '#d08bf0',
          cyan: '#5ad1c1',
          white: '#b3bac5',
          brightBlack: '#8b94a3',
          brightRed: '#ff9c95',
          brightGreen: '#74d8a6',
          brightYellow: '#f6c878',
          brightBlue: '#97beff',
          brightMagenta: '#deacf5',
          brightCyan: '#86e0d4',
          brightWhite: '#e7e9ee',
        }),
  };
}
