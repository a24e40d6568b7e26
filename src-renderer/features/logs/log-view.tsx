import { useMemo, useRef, useState } from 'react';
import type { LogOptions, LogSource } from '../../data/log-stream.ts';
import { ErrorNotice } from '../../ui/feedback.tsx';
import { plural } from '../../ui/format.ts';
import { LogLines, type LogLinesHandle } from './log-lines.tsx';
import { filterLines, matchingLines, toText } from './log-search.ts';
import { LogToolbar } from './log-toolbar.tsx';
import { SourceLegend, shortNames } from './source-legend.tsx';
import { useLogs } from './use-logs.ts';
import './logs.css';

export interface LogViewProps {
  readonly sources: readonly LogSource[];
  /** Sources beyond the limit, not read. */
  readonly left: number;
  readonly title: string;
  readonly options: LogOptions;
  readonly onOptions: (change: Partial<LogOptions>) => void;
}

export interface LogLook {
  readonly wrap: boolean;
  readonly timestamps: boolean;
  readonly query: string;
  /** Show only lines with the query instead of marking it. */
  readonly onlyMatches: boolean;
}

/** Log lines with everything to read them by. */
export function LogView({ sources, left, title, options, onOptions }: LogViewProps) {
  const { state, clear } = useLogs(sources, options);
  const [look, setLook] = useState<LogLook>({ wrap: true, timestamps: false, query: '', onlyMatches: false });
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [current, setCurrent] = useState(0);
  const handle = useRef<LogLinesHandle>(null);
  const { query, onlyMatches } = look;
  const lines = useMemo(
    () => filterLines(state.lines, { hidden, text: onlyMatches ? query : '' }),
    [state.lines, hidden, onlyMatches, query],
  );
  const matches = useMemo(() => matchingLines(lines, query), [lines, query]);
  const at = matches.length === 0 ? -1 : ((current % matches.length) + matches.length) % matches.length;
  const go = (step: number) => {
    if (matches.length === 0) return;
    const next = (at + step + matches.length) % matches.length;
    setCurrent(next);
    handle.current?.show(matches[next] ?? 0);
  };
  const search = (text: string) => {
    setLook({ ...look, query: text });
    const found = matchingLines(lines, text);
    if (found.length === 0) return;
    setCurrent(found.length - 1);
    handle.current?.show(found[found.length - 1] ?? 0);
  };
  const download = () => {
    const url = URL.createObjectURL(
      new Blob([toText(lines, state.sources, look.timestamps)], { type: 'text/plain' }),
    );
    const link = document.createElement('a');
    link.href = url;
    link.download = `${title}.log`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  const names = useMemo(() => shortNames(state.sources), [state.sources]);
  const [firstError] = state.errors.values();
  return (
    <div className="logs">
      <LogToolbar
        look={look}
        onLook={(change) => setLook({ ...look, ...change })}
        onSearch={search}
        matches={matches.length}
        at={at}
        onGo={go}
        options={options}
        onOptions={onOptions}
        onClear={clear}
        onDownload={download}
      />
      {names.length > 1 && (
        <SourceLegend names={names} hidden={hidden} waiting={state.waiting} onHidden={setHidden} />
      )}
      {firstError !== undefined && (
        <div style={{ padding: '8px 16px' }}>
          <ErrorNotice error={firstError} />
        </div>
      )}
      <LogLines
        ref={handle}
        lines={lines}
        names={names}
        look={look}
        currentLine={at >= 0 ? (matches[at] ?? -1) : -1}
        waiting={[...state.waiting.values()][0]}
      />
      <div className="rt-foot">
        <span className="num">{plural(lines.length, 'line')}</span>
        {state.dropped > 0 && <span className="num">{plural(state.dropped, 'older line')} dropped</span>}
        {left > 0 && <span>{plural(left, 'more container')} not read</span>}
        <span className="grow" />
        <span>{options.follow && !options.previous ? 'Live' : 'Not following'}</span>
      </div>
    </div>
  );
}
