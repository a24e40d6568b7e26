import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { importRules, testPackages } from './import-rules.mjs';

interface Rule {
  readonly folders: readonly string[];
  readonly packages: readonly string[];
}
const rules: Readonly<Record<string, Rule>> = importRules;

const sourceFolders = ['src-main', 'src-shared', 'src-renderer'];
const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

test('every import is one that its folder may make', () => {
  const files = sourceFolders.flatMap(sourceFiles);
  expect(files.length).toBeGreaterThan(50);
  const broken = files.flatMap((file) =>
    importsOf(file).flatMap((specifier) => complaint(file, specifier) ?? []),
  );
  expect(broken).toEqual([]);
});

test('no folder lies outside the rules', () => {
  const folders = sourceFolders.flatMap((root) =>
    readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [`${root}/${entry.name}`] : [],
    ),
  );
  const unknown = folders.filter(
    (folder) => !(folder in rules) && folder !== 'src-renderer/app' && folder !== 'src-renderer/styles',
  );
  expect(unknown).toEqual([]);
});

test('only test files hook in at their top level', () => {
  // Test files share one process: a module that hooks in when it is loaded does so for the first of them only.
  const hooks = /^(?:before|after)(?:Each|All)\(/m;
  const hooking = sourceFolders
    .flatMap(sourceFiles)
    .filter((file) => !/\.test\.tsx?$/.test(file) && hooks.test(readFileSync(file, 'utf8')));
  expect(hooking).toEqual([]);
});

test('a forbidden import is found', () => {
  expect(complaint('src-shared/lib/a.ts', 'node:fs')).toContain('may not import node:fs');
  expect(complaint('src-main/controllers/a/b.ts', '../../store/store.ts')).toContain(
    'may not import src-main/store',
  );
  expect(complaint('src-renderer/ui/a.tsx', '../data/rpc.ts')).toContain('may not import src-renderer/data');
});

function sourceFiles(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`);
  return paths.filter((path) => /\.tsx?$/.test(path) && !path.includes('/generated/'));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(importPattern)].flatMap((match) => match[1] ?? match[2] ?? match[3] ?? []);
}

function complaint(file: string, specifier: string): string | undefined {
  const folder = ruleOf(dirname(file));
  const rule = rules[folder];
  if (!rule) return `${file}: no rule for this folder`;
  const isTest =
    /\.(test|bench|e2e)\.tsx?$/.test(file) || file.includes('/testing/') || file.includes('.test-');
  const target = targetFolder(file, specifier);
  if (target === undefined) {
    const allowed = isTest ? [...rule.packages, ...testPackages] : rule.packages;
    return allowed.some((name) => matches(name, specifier))
      ? undefined
      : `${file} may not import ${specifier}`;
  }
  const allowed = isTest ? [...rule.folders, 'src-main/testing', 'src-shared', 'src-main'] : rule.folders;
  const inside = target === folder || target.startsWith(`${folder}/`);
  return inside || allowed.some((name) => target === name || target.startsWith(`${name}/`))
    ? undefined
    : `${file} may not import ${target}`;
}

/** The nearest folder, from the file's own upwards, that has a rule. */
function ruleOf(folder: string): string {
  for (let at = folder; at !== '.'; at = dirname(at)) if (at in rules) return at;
  return folder;
}

/** The project folder an import leads to; undefined for a package. */
function targetFolder(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('@shared/')) return dirname(`src-shared/${specifier.slice('@shared/'.length)}`);
  return specifier.startsWith('.') ? normalize(dirname(join(dirname(file), specifier))) : undefined;
}

function matches(allowed: string, specifier: string): boolean {
  if (allowed === 'node:') return specifier.startsWith('node:');
  if (allowed.endsWith('/*')) return specifier.startsWith(allowed.slice(0, -1));
  return specifier === allowed || specifier.startsWith(`${allowed}/`);
}
