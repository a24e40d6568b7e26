import { useState } from 'react';
import { beginningOf } from '../ui/long-text.tsx';

const shownAtMost = 8;
const shownCharacters = 300;

/** Labels or annotations; long ones are cut, with the whole text in the tooltip. */
export function LabelChips({
  title,
  values,
}: {
  title: string;
  values: Readonly<Record<string, string>> | undefined;
}) {
  const entries = Object.entries(values ?? {});
  const [all, setAll] = useState(false);
  if (entries.length === 0) return null;
  const shown = all ? entries : entries.slice(0, shownAtMost);
  return (
    <div className="stack" style={{ gap: 6 }}>
      <h3>{title}</h3>
      <div className="chips">
        {shown.map(([key, value]) => (
          <span key={key} className="chip" title={beginningOf(`${key}=${value}`, 4000)}>
            <span className="truncate">
              {key}=<b>{beginningOf(value, shownCharacters)}</b>
            </span>
          </span>
        ))}
        {entries.length > shown.length && (
          <button type="button" className="btn ghost sm" onClick={() => setAll(true)}>
            {entries.length - shown.length} more
          </button>
        )}
      </div>
    </div>
  );
}
