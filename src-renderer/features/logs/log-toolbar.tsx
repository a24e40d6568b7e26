import { ArrowDown, ArrowUp, Clock, Download, Eraser, Filter, Search, WrapText } from 'lucide-react';
import type { LogOptions } from '../../data/log-stream.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import type { LogLook } from './log-view.tsx';

export interface LogToolbarProps {
  readonly look: LogLook;
  readonly onLook: (change: Partial<LogLook>) => void;
  readonly onSearch: (text: string) => void;
  readonly matches: number;
  /** Index of the current match, -1 without one. */
  readonly at: number;
  readonly onGo: (step: number) => void;
  readonly options: LogOptions;
  readonly onOptions: (change: Partial<LogOptions>) => void;
  readonly onClear: () => void;
  readonly onDownload: () => void;
}

const ranges: readonly {
  id: string;
  label: string;
  options: Pick<LogOptions, 'tailLines' | 'sinceSeconds'>;
}[] = [
  { id: '1000', label: 'Last 1,000 lines', options: { tailLines: 1000, sinceSeconds: undefined } },
  { id: '10000', label: 'Last 10,000 lines', options: { tailLines: 10_000, sinceSeconds: undefined } },
  { id: '5m', label: 'Last 5 minutes', options: { tailLines: undefined, sinceSeconds: 300 } },
  { id: '1h', label: 'Last hour', options: { tailLines: undefined, sinceSeconds: 3600 } },
  { id: 'all', label: 'Everything', options: { tailLines: undefined, sinceSeconds: undefined } },
];

export function LogToolbar({
  look,
  onLook,
  onSearch,
  matches,
  at,
  onGo,
  options,
  onOptions,
  onClear,
  onDownload,
}: LogToolbarProps) {
  const range = ranges.find(
    (item) =>
      item.options.tailLines === options.tailLines && item.options.sinceSeconds === options.sinceSeconds,
  );
  return (
    <div className="list-toolbar" role="toolbar" aria-label="Log">
      <div className="search">
        <Search size={14} />
        <input
          className="input"
          type="search"
          placeholder="Search the log"
          aria-label="Search the log"
          value={look.query}
          onChange={(event) => onSearch(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onGo(event.shiftKey ? 1 : -1);
            if (event.key === 'Escape') onSearch('');
          }}
        />
      </div>
      {look.query !== '' && (
        <span className="muted num nowrap" aria-live="polite">
          {matches === 0 ? 'no match' : `${at + 1} of ${matches.toLocaleString('en')}`}
        </span>
      )}
      <IconButton label="Previous match" shortcut="↵" disabled={matches === 0} onClick={() => onGo(-1)}>
        <ArrowUp size={14} />
      </IconButton>
      <IconButton label="Next match" shortcut="⇧↵" disabled={matches === 0} onClick={() => onGo(1)}>
        <ArrowDown size={14} />
      </IconButton>
      <IconButton
        label="Only matching lines"
        aria-pressed={look.onlyMatches}
        onClick={() => onLook({ onlyMatches: !look.onlyMatches })}
      >
        <Filter size={14} />
      </IconButton>
      <span className="grow" />
      <select
        className="input sm"
        style={{ width: 'auto' }}
        aria-label="How much"
        value={range?.id}
        onChange={(event) => onOptions(ranges.find((item) => item.id === event.target.value)?.options ?? {})}
      >
        {ranges.map((item) => (
          <option key={item.id} value={item.id}>
            {item.label}
          </option>
        ))}
      </select>
      <Button
        size="sm"
        variant="ghost"
        aria-pressed={options.previous}
        title="The run before the last restart"
        onClick={() => onOptions({ previous: !options.previous })}
      >
        Previous
      </Button>
      <Button
        size="sm"
        variant="ghost"
        aria-pressed={options.follow}
        onClick={() => onOptions({ follow: !options.follow })}
      >
        Follow
      </Button>
      <IconButton
        label="Times"
        aria-pressed={look.timestamps}
        onClick={() => onLook({ timestamps: !look.timestamps })}
      >
        <Clock size={14} />
      </IconButton>
      <IconButton
        label="Wrap long lines"
        aria-pressed={look.wrap}
        onClick={() => onLook({ wrap: !look.wrap })}
      >
        <WrapText size={14} />
      </IconButton>
      <IconButton label="Clear" onClick={onClear}>
        <Eraser size={14} />
      </IconButton>
      <IconButton label="Download" onClick={onDownload}>
        <Download size={14} />
      </IconButton>
    </div>
  );
}
