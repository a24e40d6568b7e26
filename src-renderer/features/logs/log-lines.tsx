import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { memo, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { beginningOf, LongText } from '../../ui/long-text.tsx';
import type { LogLine } from './log-buffer.ts';
import { occurrences } from './log-search.ts';
import type { LogLook } from './log-view.tsx';

export interface LogLinesHandle {
  /** Scrolls the line with that index into view and stops sticking to the end. */
  show(index: number): void;
}

export interface LogLinesProps {
  readonly ref: Ref<LogLinesHandle>;
  readonly lines: readonly LogLine[];
  readonly names: readonly string[];
  readonly look: LogLook;
  readonly currentLine: number;
  readonly waiting: string | undefined;
}

const lineHeight = 19;
const nearEndPx = 24;
/** Characters of a line; more of many lines would take seconds to lay out. */
const shownAtMost = 4000;

/** Virtual lines that stick to the end until one scrolls up. */
export function LogLines({ ref, lines, names, look, currentLine, waiting }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [stuck, setStuck] = useState(true);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 30,
    getItemKey: (index) => lines[index]?.id ?? index,
  });
  useImperativeHandle(ref, () => ({
    show(index) {
      setStuck(false);
      virtual.scrollToIndex(index, { align: 'center' });
    },
  }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are the reason to scroll
  useEffect(() => {
    if (stuck && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [lines, stuck, look.wrap]);
  const lastTop = useRef(0);
  const onScroll = () => {
    const element = scroller.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearEndPx;
    if (atEnd) setStuck(true);
    else if (element.scrollTop < lastTop.current - 2) setStuck(false);
    lastTop.current = element.scrollTop;
  };
  return (
    <div className="log-frame">
      <div
        ref={scroller}
        className={look.wrap ? 'log-lines wrap' : 'log-lines'}
        role="log"
        aria-live="off"
        aria-label="Log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll area must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        {lines.length === 0 && (
          <p className="muted log-none">
            {waiting
              ? `Waiting: ${waiting}`
              : look.onlyMatches
                ? 'No line contains that.'
                : 'Nothing was written yet.'}
          </p>
        )}
        <div
          style={{
            position: 'relative',
            height: virtual.getTotalSize(),
            minWidth: '100%',
            width: look.wrap ? undefined : 'max-content',
          }}
        >
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (line === undefined) return null;
            return (
              <div
                key={item.key}
                ref={look.wrap ? virtual.measureElement : undefined}
                data-index={item.index}
                className="log-place"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <Line
                  line={line}
                  name={names.length > 1 ? names[line.source] : undefined}
                  timestamps={look.timestamps}
                  query={look.query}
                  current={item.index === currentLine}
                />
              </div>
            );
          })}
        </div>
      </div>
      {!stuck && (
        <Button size="sm" className="log-end" onClick={() => setStuck(true)}>
          <ArrowDown size={14} /> Newest
        </Button>
      )}
    </div>
  );
}

const Line = memo(function Line({
  line,
  name,
  timestamps,
  query,
  current,
}: {
  line: LogLine;
  name: string | undefined;
  timestamps: boolean;
  query: string;
  current: boolean;
}) {
  return (
    <div className={`log-line ${current ? 'current' : ''} ${line.remark ? 'remark' : severityOf(line.text)}`}>
      {name !== undefined && (
        <span className={`log-source c${line.source % 8}`} title={name}>
          {name}
        </span>
      )}
      {timestamps && <span className="log-time">{line.time.slice(0, 23).replace('T', ' ')}</span>}
      <span className="log-text">
        {query === '' ? (
          <LongText text={line.text || ' '} limit={shownAtMost} open={current} />
        ) : (
          <Marked text={current ? line.text : beginningOf(line.text, shownAtMost)} query={query} />
        )}
      </span>
    </div>
  );
});

function Marked({ text, query }: { text: string; query: string }) {
  const found = occurrences(text, query);
  if (found.length === 0) return <>{text || ' '}</>;
  let last = 0;
  const parts = found.map(([from, to]) => {
    const before = text.slice(last, from);
    last = to;
    return (
      <span key={from}>
        {before}
        <mark>{text.slice(from, to)}</mark>
      </span>
    );
  });
  return (
    <>
      {parts}
      {text.slice(last)}
    </>
  );
}

/** Marks lines whose level is plain to see; guessing further would mislead. */
function severityOf(text: string): '' | 'warn' | 'error' {
  const head = text.slice(0, 160);
  if (/\b(ERROR|FATAL|PANIC|CRITICAL)\b|level=(error|fatal)|"level":"(error|fatal)"|^[EF]\d{4} /.test(head))
    return 'error';
  if (/\bWARN(ING)?\b|level=warn|"level":"warn/.test(head) || /^W\d{4} /.test(head)) return 'warn';
  return '';
}
