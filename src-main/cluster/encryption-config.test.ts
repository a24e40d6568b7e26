import { expect, it } from 'vitest';
import { parseEncryptionConfig } from './encryption-config.ts';

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n';
const secret = Buffer.alloc(32, 7).toString('base64');

it('reads keys in their order; the first provider says how values are written', () => {
  const text = `${head}resources:
- resources: [secrets, '*.apps', widgets.example.com]
  providers:
  - aesgcm: {keys: [{name: new, secret: ${secret}}, {name: old, secret: ${secret}}]}
  - identity: {}
- resources: [configmaps]
  providers:
  - identity: {}
  - aesgcm: {keys: [{name: old, secret: ${secret}}]}
`;
  const key = (name: string) => ({ name, secret: Buffer.alloc(32, 7) });
  expect(parseEncryptionConfig(text, 'encryption.yaml')).toEqual([
    {
      prefixes: ['/registry/secrets/', '/registry/apps/', '/registry/example.com/widgets/'],
      keys: [key('new'), key('old')],
      writePlain: false,
    },
    { prefixes: ['/registry/configmaps/'], keys: [key('old')], writePlain: true },
  ]);
});

it.each([
  ['a: [', /not YAML/],
  ['kind: Pod', /kind must be EncryptionConfiguration/],
  [`${head}resources: [{resources: [secrets]}]`, /resources\[0\] must have the lists/],
  [`${head}resources: [{resources: [secrets], providers: []}]`, /must name one provider at least/],
  [
    `${head}resources: [{resources: [secrets], providers: [{kms: {}}]}]`,
    /only "aesgcm" and "identity" are known, not \["kms"\]/,
  ],
  [
    `${head}resources: [{resources: [secrets], providers: [{aesgcm: {keys: [{name: a, secret: c2hvcnQ=}]}}]}]`,
    /must be 16, 24 or 32 bytes in base64, not 5/,
  ],
  [
    `${head}resources: [{resources: [secrets], providers: [{aesgcm: {keys: [{name: 'a:b', secret: ${secret}}]}}]}]`,
    /letters, digits/,
  ],
])('refuses %j', (text, message) => {
  expect(() => parseEncryptionConfig(text, 'encryption.yaml')).toThrow(message);
});
