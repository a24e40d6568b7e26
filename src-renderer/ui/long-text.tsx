import { useState } from 'react';

/**
 * A text of somebody else's making: only its beginning where it is long, the rest on demand. What it says about the
 * direction of writing ends with it.
 */
export function LongText({
  text,
  limit = 600,
  open = false,
}: {
  text: string;
  limit?: number;
  /** Shown whole whatever its length. */
  open?: boolean;
}) {
  const [chosen, setChosen] = useState(false);
  const shown = open || chosen ? text : beginningOf(text, limit);
  const left = text.length - shown.length;
  return (
    <bdi>
      {shown}
      {left > 0 && (
        <>
          {'… '}
          <button type="button" className="long-more" onClick={() => setChosen(true)}>
            {left.toLocaleString('en')} more characters
          </button>
        </>
      )}
    </bdi>
  );
}

/** At most `limit` characters of a text; a little more rather than a fold with next to nothing in it. */
export function beginningOf(text: string, limit: number): string {
  if (text.length <= limit * 1.2) return text;
  const last = text.charCodeAt(limit - 1);
  // Half of a pair is no character.
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
