#!/usr/bin/env node
/**
 * Extracts the numbers of protobuf fields of Kubernetes' GA types out of the struct tags of its Go sources:
 *
 *   node scripts/build-protobuf-fields.mjs FOLDER
 *
 * FOLDER holds the source trees of api, apimachinery, apiextensions-apiserver and kube-aggregator side by side.
 *
 * Writes src-main/apiserver/protobuf/fields.json, which is committed: the sources are not in the npm package
 * the schemas come from. Needed again only for a new Kubernetes release.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = process.argv[2];
if (!sources) throw new Error('usage: build-protobuf-fields.mjs FOLDER');
const outFile = fileURLToPath(new URL('../src-main/apiserver/protobuf/fields.json', import.meta.url));

const known = {
  string: 's',
  bool: 'b',
  int: 'i',
  int32: 'i',
  int64: 'i',
  float64: 'd',
  '[]byte': 'y',
  'types.UID': 's',
  'types.NodeName': 's',
  'meta.v1.Time': 'T',
  'meta.v1.MicroTime': 'M',
  'meta.v1.FieldsV1': 'F',
  'resource.Quantity': 'Q',
  'intstr.IntOrString': 'I',
  'runtime.RawExtension': 'R',
  // Types whose JSON is another shape than their message: encode.ts and decode.ts know them.
  'apiextensions.v1.JSON': 'J',
  'apiextensions.v1.JSONSchemaPropsOrArray': 'A',
  'apiextensions.v1.JSONSchemaPropsOrBool': 'B',
  'apiextensions.v1.JSONSchemaPropsOrStringArray': 'P',
};

const apiGroups = readdirSync(join(sources, 'api'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'testdata')
  .flatMap(({ name: group }) =>
    readdirSync(join(sources, 'api', group))
      .filter((version) => /^v\d+$/.test(version))
      .map((version) => ({ name: `${group}.${version}`, dir: join(sources, 'api', group, version) })),
  );

const folders = [
  ...apiGroups,
  { name: 'meta.v1', dir: join(sources, 'apimachinery/pkg/apis/meta/v1') },
  {
    name: 'apiextensions.v1',
    dir: join(sources, 'apiextensions-apiserver/pkg/apis/apiextensions/v1'),
  },
  { name: 'apiregistration.v1', dir: join(sources, 'kube-aggregator/pkg/apis/apiregistration/v1') },
];

/** Import aliases of one file → our package names. */
function importsOf(text) {
  const aliases = new Map();
  for (const [, alias, path] of text.matchAll(/^\s*(?:import\s+)?(\w+)?\s*"(k8s\.io\/[^"]+)"/gm)) {
    const parts = path.split('/');
    const name =
      path.startsWith('k8s.io/api/') || path.endsWith('/meta/v1')
        ? `${parts.at(-2)}.${parts.at(-1)}`
        : parts.at(-1);
    aliases.set(alias ?? parts.at(-1), name);
  }
  return aliases;
}

/** Named types that are not structs: `PodPhase` → `string`. */
const named = new Map();
const structs = new Map();
for (const { name, dir } of folders) {
  for (const file of readdirSync(dir).filter((entry) => /\.go$/.test(entry) && !/_test\.go$/.test(entry))) {
    const text = readFileSync(join(dir, file), 'utf8');
    const imports = importsOf(text);
    for (const [, type, base] of text.matchAll(/^type (\w+) ((?:map\[\w+\]|\[\])?[\w.]+)$/gm)) {
      named.set(`${name}.${type}`, { base, name, imports });
    }
    for (const [, type, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
      structs.set(`${name}.${type}`, { body, name, imports });
    }
  }
}

function resolve(goType, { name, imports }) {
  if (known[goType]) return known[goType];
  if (goType.startsWith('[]')) return `[]${resolve(goType.slice(2), { name, imports })}`;
  const map = /^map\[[\w.]+\](.*)$/.exec(goType);
  if (map) return `{}${resolve(map[1], { name, imports })}`;
  const [prefix, local] = goType.includes('.') ? goType.split('.') : [undefined, goType];
  const full = prefix ? `${imports.get(prefix) ?? prefix}.${local}` : `${name}.${local}`;
  if (known[full]) return known[full];
  const alias = named.get(full);
  if (!alias) return full;
  const base = resolve(alias.base, alias);
  return base.startsWith('[]') ? `<>${base.slice(2)}` : base; // named slices travel as messages with items = 1
}

const fieldPattern =
  /^\t(?:(\w+)\s+)?(\*?)([\w.[\]*]+)\s+`json:"([^"]*)"(?:[^`]*?)protobuf:"(\w+),(\d+),(\w+)/gm;
const messages = {};
for (const [type, struct] of [...structs].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const fields = [];
  for (const [, goName, pointer, goType, json, , number, label] of struct.body.matchAll(fieldPattern)) {
    const jsonName = json.split(',')[0];
    const named = resolve(goType.replace(/\*/g, ''), struct);
    const resolved = label === 'rep' ? named.replace(/^<>/, '[]') : named;
    fields.push(
      `${(goName === undefined && jsonName === '') || json.includes(',inline') ? '=' : jsonName}:${number}:${resolved}${pointer}`,
    );
  }
  if (fields.length > 0) messages[type] = fields.join(' ');
}
for (const type of [...Object.keys(known), 'meta.v1.Timestamp']) delete messages[type];
// Messages without fields, such as what switches the status subresource of a custom resource on.
for (const type of Object.values(messages).flatMap((text) => text.match(/[a-z]+\.v\d+\w*\.\w+/g) ?? []))
  messages[type] ??= '';
writeFileSync(outFile, `${JSON.stringify(messages, null, 1)}\n`);
