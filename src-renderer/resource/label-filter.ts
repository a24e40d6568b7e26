import { parseLabelSelector } from '@shared/api/selectors.ts';

export interface LabelFilter {
  readonly labels: { matches(labels: Readonly<Record<string, string>>): boolean } | null;
  /** Why the text is no selector; undefined when it is one (or empty). */
  readonly problem: string | undefined;
}

/** Reads a label selector as kubectl's `-l` takes it; a half-typed one filters nothing. */
export function labelFilter(text: string): LabelFilter {
  if (text.trim() === '') return { labels: null, problem: undefined };
  try {
    return { labels: parseLabelSelector(text), problem: undefined };
  } catch (error) {
    return { labels: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
