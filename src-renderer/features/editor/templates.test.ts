import { decode } from '@shared/schema/decode.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { kinds } from '../../data/window-kinds.ts';
import { templateOf } from './templates.ts';

const withExample = kinds.filter((kind) => Object.keys(parse(templateOf(kind))).length > 3);

test('the kinds of every day start with an example', () => {
  expect(withExample.map((kind) => kind.kind)).toEqual(
    expect.arrayContaining([
      'Pod',
      'Deployment',
      'StatefulSet',
      'DaemonSet',
      'Job',
      'CronJob',
      'Ingress',
      'Role',
    ]),
  );
});

test.each(withExample.map((kind) => [`${kind.kind} ${kind.version}`, kind] as const))(
  'the example of a %s is valid as it stands',
  (_name, kind) => {
    const { object, unknown, errors } = decode(builtinSchemas, kind.schema, parse(templateOf(kind)));
    Object.assign(object.metadata ?? {}, { uid: '7de4188e-7546-40a1-9794-ea8b6625f010' });
    kind.strategy.defaults?.(object);
    kind.strategy.prepareForCreate?.(object);
    expect({ unknown, errors, invalid: kind.strategy.validate?.(object) ?? [] }).toEqual({
      unknown: [],
      errors: [],
      invalid: [],
    });
  },
);
