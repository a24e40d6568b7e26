import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { parse, parseDocument } from 'yaml';
import { writeFileAtomic } from '../platform/atomic-file.ts';

/**
 * Merges a cluster's kubeconfig into the user's own (first file of `$KUBECONFIG`, else `~/.kube/config`) and
 * makes its context the current one. Entries of the same name are replaced; everything else, comments
 * included, stays. The former file is kept as `<file>.slipway-backup`.
 */
export async function mergeKubeconfig(source: string): Promise<{ file: string; backup: string | null }> {
  const file =
    (process.env['KUBECONFIG'] ?? '').split(delimiter).find((path) => path !== '') ??
    join(homedir(), '.kube/config');
  const addition = parse(readFileSync(source, 'utf8')) as Record<string, unknown>;
  const exists = existsSync(file);
  const merged = mergeTexts(exists ? readFileSync(file, 'utf8') : '', addition, file);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const backup = exists ? `${file}.slipway-backup` : null;
  if (backup !== null) copyFileSync(file, backup);
  await writeFileAtomic(file, merged);
  return { file, backup };
}

/** The merged text. Exported for its table test. */
export function mergeTexts(current: string, addition: Record<string, unknown>, file: string): string {
  const document = parseDocument(current.trim() === '' ? 'apiVersion: v1\nkind: Config\n' : current);
  const [problem] = document.errors;
  if (problem) {
    throw new AppError({
      code: 'InvalidArgument',
      message: `${file} is not valid YAML: ${problem.message}`,
      remedy: 'Mend or move that file, then try again.',
    });
  }
  for (const section of ['clusters', 'users', 'contexts']) {
    const added = namedEntries(addition[section]);
    const kept = namedEntries(document.toJS()?.[section]).filter(
      ({ name }) => !added.some((entry) => entry.name === name),
    );
    document.set(section, document.createNode([...kept, ...added]));
  }
  document.set('current-context', addition['current-context']);
  return document.toString();
}

function namedEntries(value: unknown): { name: string }[] {
  return Array.isArray(value)
    ? value.filter((entry): entry is { name: string } => typeof entry?.name === 'string')
    : [];
}
