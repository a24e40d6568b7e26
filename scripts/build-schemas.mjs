/**
 * Compiles the schemas of every GA type of Kubernetes, with their documentation, out of the official npm
 * package: `attributeTypeMap` in the models' .js gives fields and types, the .d.ts gives what is required and
 * what it means, schema-extensions.mjs what the package leaves out. Writes src-shared/schema/generated/
 * (not committed). Run again it writes the same bytes.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { facts, types } from './schema-extensions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modelsDir = join(root, 'node_modules/@kubernetes/client-node/dist/gen/models');
const outDir = join(root, 'src-shared/schema/generated');
const metaPackage = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Class files of the package that exist, read on demand. */
function readModel(className, extension) {
  try {
    return readFileSync(join(modelsDir, `${className}.${extension}`), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Both spellings the package uses for a type: with the group where two groups share a name, or without. */
function classNames(openApiPackage, type) {
  const parts = openApiPackage.split('.');
  const version = capitalize(parts.at(-1));
  return [`${capitalize(parts.at(-2))}${version}${type}`, `${version}${type}`];
}

function capitalize(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** Class name of the package → OpenAPI name, for every type of the table and every list of those. */
function nameClasses() {
  const openApiNames = new Map();
  for (const [openApiPackage, list] of Object.entries(types)) {
    for (const type of list.trim().split(/\s+/)) {
      const className = classNames(openApiPackage, type).find((name) => readModel(name, 'js') !== undefined);
      if (!className) throw new Error(`${openApiPackage}.${type}: the package has no such type`);
      openApiNames.set(className, `${openApiPackage}.${type}`);
      const listClass = classNames(openApiPackage, `${type}List`).find((name) => {
        const source = readModel(name, 'js');
        return source?.includes(`"type": "Array<${className}>"`);
      });
      if (listClass) openApiNames.set(listClass, `${openApiPackage}.${type}List`);
    }
  }
  return openApiNames;
}

const openApiNames = nameClasses();

/** The type names the package uses, parsed: `{ [key: string]: Array<V1Foo>; }` and so on. */
function parseType(type, format) {
  const array = /^Array<(.*)>$/.exec(type);
  if (array) return { type: 'array', items: parseType(array[1], format) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map) return { type: 'object', additionalProperties: parseType(map[1], format) };
  if (type === 'string') return format ? { type, format } : { type };
  if (type === 'number')
    return { type: format.startsWith('int') ? 'integer' : 'number', ...(format && { format }) };
  if (type === 'boolean') return { type };
  if (type === 'Date') return { type: 'string', format: 'date-time' };
  if (type === 'V1MicroTime') return { type: 'string', format: 'micro-time' };
  if (type === 'IntOrString') return { type: 'int-or-string' };
  if (type === 'any') return { type: 'any' };
  const ref = openApiNames.get(type);
  if (!ref) throw new Error(`schema-extensions.mjs does not list the type ${type}`);
  return { type: 'object', ref };
}

/** Puts the words of the table on a field's schema. */
function extend(schema, words, where) {
  for (const [, word, argument] of words.matchAll(/([a-zA-Z]+)(?:\(([^)]*)\))?/g)) {
    const list = argument?.split(' ') ?? [];
    if (word === 'map') Object.assign(schema, { listType: 'map', listMapKeys: list });
    else if (word === 'set') schema.listType = 'set';
    else if (word === 'atomic') schema.mapType = 'atomic';
    else if (word === 'quantity') markQuantity(schema);
    else if (word === 'enum') Object.assign(schema.items ?? schema, { enum: list });
    else if (word === 'merge' || word === 'replace' || word === 'retainKeys') {
      schema.patchStrategy = [...(schema.patchStrategy ?? []), word].sort();
      if (argument) schema.patchMergeKey = argument;
    } else throw new Error(`${where}: unknown word ${word}`);
  }
}

function markQuantity(schema) {
  const scalar = schema.additionalProperties ?? schema.items ?? schema;
  if (scalar.type !== 'string') throw new Error(`not a string, so no quantity: ${JSON.stringify(schema)}`);
  scalar.format = 'quantity';
}

function compile(className, name) {
  const source = readModel(className, 'js');
  const [, mapText = '[]'] = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(source) ?? [];
  const declaration = parseDeclaration(readModel(className, 'd.ts'));
  const properties = {};
  const required = [];
  const fieldDocs = {};
  for (const attribute of JSON.parse(mapText)) {
    const field = attribute.baseName;
    properties[field] = parseType(attribute.type, attribute.format);
    if (declaration.required.has(attribute.name)) required.push(field);
    if (declaration.fields.has(attribute.name)) fieldDocs[field] = declaration.fields.get(attribute.name);
  }
  const schema = { type: 'object', properties, ...(required.length > 0 && { required }) };
  for (const [field, words] of Object.entries(facts[name] ?? {})) {
    const target = field === '*' ? schema : properties[field];
    if (!target) throw new Error(`${name}: the package has no field ${field}`);
    extend(target, words, `${name}.${field}`);
  }
  return { schema, docs: [declaration.head, fieldDocs] };
}

/** Which fields are required (no `?`), and the comments, which are Kubernetes' own documentation. */
function parseDeclaration(source) {
  const required = new Set();
  const fields = new Map();
  const head = /\/\*\*\n\* ([\s\S]*?)\n\*\/\nexport declare class/.exec(source);
  const body = source.slice(source.indexOf('export declare class'));
  for (const [, comment, name, optional] of body.matchAll(
    /(?:\/\*\*\n\s*\* (.*)\n\s*\*\/\s*)?'([^'\n]+)'(\??): /g,
  )) {
    if (!optional) required.add(name);
    if (comment) fields.set(name, text(comment));
  }
  return { required, head: head ? text(head[1]) : '', fields };
}

function text(comment) {
  return comment
    .replace(/\\(['"`])/g, '$1')
    .replace(/\*_\//g, '*/')
    .trim();
}

function literal(value) {
  return JSON.stringify(JSON.stringify(value));
}

/** Leaves a file that is right already alone, so that nobody reads it half written. */
function write(file, lines) {
  const path = join(outDir, file);
  const content = `${lines.join('\n')}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const schemas = {};
const docs = {};
for (const [className, name] of [...openApiNames].sort((a, b) => (a[1] < b[1] ? -1 : 1))) {
  const compiled = compile(className, name);
  schemas[name] = compiled.schema;
  docs[name] = compiled.docs;
}
for (const name of Object.keys(facts))
  if (!schemas[name]) throw new Error(`facts about an unknown type: ${name}`);
schemas[`${metaPackage}.ManagedFieldsEntry`].properties.fieldsV1 = { type: 'any' };

mkdirSync(outDir, { recursive: true });
const banner = '// Built by scripts/build-schemas.mjs. Do not edit, do not commit.';
write('kubernetes.ts', [
  banner,
  "import type { Schema } from '../schema.ts';",
  '',
  '/** Every GA type of Kubernetes by its OpenAPI name. */',
  `export const definitions: Readonly<Record<string, Schema>> = JSON.parse(${literal(schemas)});`,
]);
write('docs.ts', [
  banner,
  '',
  '/** Per OpenAPI name: what the type is, and what its fields mean. */',
  `export const documentation: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = JSON.parse(${literal(docs)});`,
]);
