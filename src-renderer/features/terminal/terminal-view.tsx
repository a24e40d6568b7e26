import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef } from 'react';
import { useCluster } from '../../data/context.tsx';
import { openExec } from '../../data/exec-socket.ts';
import { endText } from './shells.ts';
import { terminalTheme } from './terminal-theme.ts';

export type TerminalState =
  | { readonly type: 'connecting' }
  | { readonly type: 'open' }
  | { readonly type: 'ended'; readonly clean: boolean };

export interface TerminalViewProps {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly onState: (state: TerminalState) => void;
}

const dim = '\u001b[2m';
const reset = '\u001b[0m';

/** One session, from mounting to unmounting. */
export function TerminalView(props: TerminalViewProps) {
  const { base } = useCluster();
  const host = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a session is for life; the parent mounts a new one for other parameters
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const { namespace, pod, container, command, onState } = props;
    const terminal = new Terminal({
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
      fontSize: 13,
      cursorBlink: true,
      scrollback: 10_000,
      screenReaderMode: false,
      theme: terminalTheme(),
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(element);
    fit.fit();
    terminal.focus();
    onState({ type: 'connecting' });
    const sendSize = () => session.resize({ columns: terminal.cols, rows: terminal.rows });
    const session = openExec(
      { base, namespace, pod, container, command },
      {
        onOpen: () => {
          onState({ type: 'open' });
          sendSize();
        },
        onOutput: (bytes) => terminal.write(bytes),
        onEnd: (end) => {
          const { text, hint } = endText(end);
          terminal.write(
            `\r\n${dim}${text}${hint ? ` ${hint}` : ''} “Reconnect” opens a new one.${reset}\r\n`,
          );
          terminal.options.cursorBlink = false;
          onState({ type: 'ended', clean: end.exitCode !== undefined && hint === undefined });
        },
      },
    );
    const held = [terminal.onData((data) => session.send(data)), terminal.onResize(sendSize)];
    const resized = new ResizeObserver(() => fit.fit());
    resized.observe(element);
    const themed = new MutationObserver(() => {
      terminal.options.theme = terminalTheme();
    });
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      resized.disconnect();
      themed.disconnect();
      for (const item of held) item.dispose();
      session.close();
      terminal.dispose();
    };
  }, []);
  return <div ref={host} className="terminal-host" />;
}
