import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { type Document, isMap, isScalar, isSeq, parse, parseDocument, type YAMLSeq } from 'yaml';
import { writeFileAtomic } from '../platform/atomic-file.ts';

const sections = ['clusters', 'users', 'contexts'] as const;

/**
 * Merges a cluster's kubeconfig (YAML) into the user's own (first file of `$KUBECONFIG`, else `~/.kube/config`) and
 * makes its context the current one. Entries of the same name are replaced; everything else, comments
 * included, stays. The former file is kept as `<file>.slipway-backup`.
 */
export async function mergeKubeconfig(addition: string): Promise<{ file: string; backup: string | null }> {
  const file = userKubeconfig();
  const exists = existsSync(file);
  if (exists && !statSync(file).isFile()) throw notAKubeconfig(file, 'it is no file');
  const merged = mergeTexts(exists ? readFileSync(file, 'utf8') : '', parseAddition(addition), file);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const backup = exists ? `${file}.slipway-backup` : null;
  if (backup !== null) copyFileSync(file, backup);
  await writeFileAtomic(exists ? realpathSync(file) : file, merged); // a link stays a link
  return { file, backup };
}

/** Brings entries that were merged earlier up to date; does nothing when there are none. */
export async function refreshMergedKubeconfig(yaml: string): Promise<void> {
  const addition = parseAddition(yaml);
  const merged = readMerged(addition);
  if (merged === undefined) return;
  const { 'current-context': _, ...entries } = addition;
  await writeFileAtomic(realpathSync(merged.file), mergeTexts(merged.text, entries, merged.file));
}

/**
 * Takes entries that were merged earlier out again, and the current context when it is theirs. Entries of the same
 * name that trust another authority belong to another cluster and stay. Gives the file that changed, if one did.
 */
export async function unmergeKubeconfig(yaml: string): Promise<string | undefined> {
  const addition = parseAddition(yaml);
  const merged = readMerged(addition);
  if (merged === undefined) return undefined;
  const { file, document } = merged;
  for (const section of sections) {
    const names = new Set(namedEntries(addition[section]).map(({ name }) => name));
    const list = sectionOf(document, section, file);
    list.items = list.items.filter((item) => !isMap(item) || !names.has(String(item.get('name'))));
  }
  if (document.get('current-context') === addition['current-context']) document.set('current-context', '');
  await writeFileAtomic(realpathSync(file), document.toString());
  return file;
}

/** The user's kubeconfig when this cluster is in it: same name, same certificate authority. */
function readMerged(addition: Record<string, unknown>) {
  const file = userKubeconfig();
  if (!existsSync(file) || !statSync(file).isFile()) return undefined;
  const text = readFileSync(file, 'utf8');
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const own = namedEntries(addition.clusters)[0];
  const present = namedEntries((document.toJS() as Record<string, unknown> | null)?.clusters);
  const isOwn = present.some((entry) => entry.name === own?.name && authorityOf(entry) === authorityOf(own));
  return isOwn ? { file, text, document } : undefined;
}

function authorityOf(entry: object | undefined): unknown {
  const { cluster } = (entry ?? {}) as { cluster?: { 'certificate-authority-data'?: unknown } | null };
  return cluster?.['certificate-authority-data'];
}

/** The merged text; the current context changes when the addition has one. Exported for its table test. */
export function mergeTexts(current: string, addition: Record<string, unknown>, file: string): string {
  const { contents } = parseDocument(current);
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  const document = parseDocument(
    isEmpty ? `${current}\napiVersion: v1\nkind: Config\n`.trimStart() : current,
  );
  const [problem] = document.errors;
  if (problem) throw notAKubeconfig(file, `it is not valid YAML: ${problem.message.split(':\n')[0]}`);
  if (!isMap(document.contents)) throw notAKubeconfig(file, 'it holds no key: value pairs');
  for (const section of sections) {
    const list = sectionOf(document, section, file);
    for (const entry of namedEntries(addition[section])) {
      const node = document.createNode(entry);
      const at = list.items.findIndex((item) => isMap(item) && item.get('name') === entry.name);
      if (at === -1) list.add(node);
      else list.items[at] = node;
    }
  }
  const context = addition['current-context'];
  if (context !== undefined) document.set('current-context', context);
  return document.toString();
}

function sectionOf(document: Document, section: string, file: string): YAMLSeq {
  const present = document.get(section);
  if (isSeq(present)) return present;
  if (present !== undefined && present !== null) throw notAKubeconfig(file, `its ${section} are no list`);
  const list = document.createNode([]) as YAMLSeq;
  list.flow = false;
  document.set(section, list);
  return list;
}

function userKubeconfig(): string {
  return (
    (process.env.KUBECONFIG ?? '').split(delimiter).find((path) => path !== '') ??
    join(homedir(), '.kube/config')
  );
}

function parseAddition(yaml: string): Record<string, unknown> {
  return parse(yaml) as Record<string, unknown>;
}

function namedEntries(value: unknown): { name: string }[] {
  return Array.isArray(value)
    ? value.filter((entry): entry is { name: string } => typeof entry?.name === 'string')
    : [];
}

function notAKubeconfig(file: string, why: string): AppError {
  return new AppError({
    code: 'InvalidArgument',
    message: `${file} cannot be merged into: ${why}.`,
    remedy: 'Mend or move that file, then try again.',
  });
}
