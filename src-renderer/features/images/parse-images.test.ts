import { expect, test } from 'vitest';
import { imageProblem, parseImages } from './parse-images.ts';

test('one image per line; blanks and repetitions are left out', () => {
  expect(parseImages(' web:dev \n\n/tmp/a b.tar\r\nweb:dev\n')).toEqual(['web:dev', '/tmp/a b.tar']);
});

test.each([
  'web',
  'web:Dev-1',
  'registry.local:5000/team/web:v1',
  'web@sha256:abc',
  '/tmp/with space.tar',
  'C:\\images\\web.tar',
])('%s can be tried', (image) => expect(imageProblem(image)).toBeUndefined());

test.each([
  ['./web.tar', /whole path/],
  ['~/web.tar', /whole path/],
  ['web.tar', /whole path/],
  ['web dev', /space/],
  ['Web:dev', /lower case: web:dev/],
  ['registry.local/Team/web', /lower case/],
])('%s is pointed at', (image, reason) => expect(imageProblem(image)).toMatch(reason));
