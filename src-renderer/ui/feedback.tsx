import { AlertTriangle, CircleAlert, Info } from 'lucide-react';
import type { ReactNode } from 'react';
import { describeError } from './describe-error.ts';

export type Level = 'ok' | 'progress' | 'warn' | 'error' | 'done';

/** Shape and colour both carry the level; `text` names it for those who see neither. */
export function Dot({ level, text }: { level: Level; text?: string }) {
  return (
    <span
      className={`dot ${level} tone-${level}`}
      {...(text ? { role: 'img', 'aria-label': text, title: text } : { 'aria-hidden': true })}
    />
  );
}

export function Badge({ level, children }: { level?: Level; children: ReactNode }) {
  return <span className={level ? `badge tone-${level}` : 'badge'}>{children}</span>;
}

/** What happened and what to do, with the details behind a fold. */
export function ErrorNotice({ error, action }: { error: unknown; action?: ReactNode }) {
  const { what, remedy, details } = describeError(error);
  return (
    <div className="notice tone-error" role="alert">
      <CircleAlert size={16} />
      <div className="grow">
        <p className="what">
          <Sentence text={what} />
        </p>
        <p className="remedy">
          <Sentence text={remedy} />
        </p>
        {details.length > 0 && (
          <pre>
            {details.map((line, index) => (
              <span key={`line-${index.toString()}`}>{`${line}\n`}</span>
            ))}
          </pre>
        )}
      </div>
      {action}
    </div>
  );
}

/** A sentence in which commands stand between backticks. */
function Sentence({ text }: { text: string }) {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? <code key={`part-${index.toString()}`}>{part}</code> : part));
}

export function Notice({
  level = 'progress',
  title,
  children,
  action,
}: {
  level?: Level;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  const Icon = level === 'warn' || level === 'error' ? AlertTriangle : Info;
  return (
    <div className={`notice tone-${level}`} role="status">
      <Icon size={16} />
      <div className="grow">
        <p className="what">{title}</p>
        {children !== undefined && <div className="remedy">{children}</div>}
      </div>
      {action}
    </div>
  );
}

export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      {icon}
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

export function SkeletonLines({ count = 6 }: { count?: number }) {
  return (
    <div className="stack" role="status" aria-label="Loading">
      {Array.from({ length: count }, (_, index) => (
        <div
          key={`line-${index.toString()}`}
          className="skeleton"
          style={{ height: 14, width: `${90 - ((index * 23) % 50)}%` }}
        />
      ))}
    </div>
  );
}

export interface BarProps {
  readonly share: number;
  readonly label: string;
  readonly level?: Level;
  /** A second share, drawn fainter behind: what is asked for, where `share` is what is used. */
  readonly behind?: number;
}

/** A share of a whole; above 1 it is full and red. */
export function Bar({ share, label, level, behind }: BarProps) {
  const tone = level ?? (share > 1 ? 'error' : share > 0.85 ? 'warn' : 'progress');
  const clamp = (part: number) => Math.max(0, Math.min(100, part * 100));
  const percent = clamp(share);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element cannot be styled alike everywhere
    <div
      className={`bar tone-${tone}`}
      role="meter"
      aria-label={label}
      aria-valuenow={Math.round(percent)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      {behind !== undefined && <i className="behind" style={{ width: `${clamp(behind)}%` }} />}
      <i style={{ width: `${percent}%` }} />
    </div>
  );
}
