import { expect, test } from 'vitest';
import { imageCredentials } from './credentials.ts';
import { parseImageName } from './image-name.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['busybox', 'docker.io', 'library/busybox', 'busybox:latest'],
  ['busybox:1.36', 'docker.io', 'library/busybox', 'busybox:1.36'],
  ['org/app', 'docker.io', 'org/app', 'org/app:latest'],
  ['localhost/app:1', 'localhost', 'app', 'localhost/app:1'],
  ['reg.example:5000/a/b:t', 'reg.example:5000', 'a/b', 'reg.example:5000/a/b:t'],
  [`quay.io/a@${digest}`, 'quay.io', 'a', `quay.io/a@${digest}`],
])('%s', (text, registry, repository, reference) => {
  expect(parseImageName(text)).toEqual({ registry, repository, reference });
});

test.each(['', 'UPPER', 'a b', 'a:', 'http://a/b', '-a', 'a@sha256:1'])('%j is no image', (text) => {
  expect(parseImageName(text)).toBeUndefined();
});

test('credentials for a registry with a port carry no address', () => {
  const auths = { '172.30.1.1:5001': { username: 'joe', password: 's3cret' } };
  const secret = { data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') } };
  const name = parseImageName('172.30.1.1:5001/app:1');
  expect(name && imageCredentials(name, [secret])).toEqual([{ username: 'joe', password: 's3cret' }]);
});

test('credentials come from the entry that fits best', () => {
  const auths = {
    'https://index.docker.io/v1/': { auth: Buffer.from('hub:pw').toString('base64') },
    '*.example.com': { username: 'wild', password: 'w' },
    'reg.example.com/team': { username: 'team', password: 't' },
  };
  const secret = { data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') } };
  const users = (image: string) => {
    const name = parseImageName(image);
    return name ? imageCredentials(name, [secret]).map(({ username }) => username) : [];
  };
  expect(users('busybox')).toEqual(['hub']);
  expect(users('reg.example.com/team/app')).toEqual(['team', 'wild']);
  expect(users('reg.example.com/teams/app')).toEqual(['wild']);
  expect(users('quay.io/app')).toEqual([]);
});
