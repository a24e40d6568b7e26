import { describe, expect, test } from 'vitest';
import { nameProblem, suggestName, toRequest, validateWizard, type WizardFields } from './validation.ts';

const fields: WizardFields = {
  name: 'dev',
  driver: 'docker',
  nodes: '3',
  hollowNodes: '0',
  cpus: '',
  memoryGiB: '',
  autostart: false,
};
const limits = { taken: ['prod'], hostCpus: 8, hostMemoryBytes: 16 * 1024 ** 3 };

test('the form as it opens is valid', () => {
  expect(validateWizard(fields, limits)).toEqual({});
});

describe('names', () => {
  test.each(['a', 'dev-2', '9to5', 'a'.repeat(30)])('%s is fine', (name) =>
    expect(nameProblem(name, [])).toBeUndefined(),
  );
  test.each([
    ['', /Give/],
    ['Dev', /dev/],
    ['-a', /Begin/],
    ['a-', /Begin/],
    ['a_b', /Only/],
    ['a b', /Only/],
    ['a'.repeat(31), /30/],
    ['prod', /already/],
  ])('%j is not', (name, reason) => expect(nameProblem(name, ['prod'])).toMatch(reason));
});

describe('numbers', () => {
  test.each(['0', '11', '2.5', '-1', '', 'x'])(
    '%j nodes are too few, too many or none for Docker',
    (nodes) => {
      expect(validateWizard({ ...fields, nodes }, limits)).toHaveProperty('nodes');
    },
  );

  test('thousands of simulated nodes are fine', () => {
    expect(validateWizard({ ...fields, driver: 'hollow', nodes: '5000' }, limits)).toEqual({});
  });

  test('sizes beyond the machine are refused, for Docker only', () => {
    const big = { ...fields, cpus: '9', memoryGiB: '17' };
    expect(Object.keys(validateWizard(big, limits))).toEqual(['cpus', 'memoryGiB']);
    expect(validateWizard({ ...big, driver: 'hollow' }, limits)).toEqual({});
  });
});

test('simulated nodes beside Docker nodes are counted apart, and only asked of Docker clusters', () => {
  expect(validateWizard({ ...fields, hollowNodes: 'x' }, limits)).toHaveProperty('hollowNodes');
  expect(validateWizard({ ...fields, driver: 'hollow', hollowNodes: 'x' }, limits)).toEqual({});
  expect(toRequest({ ...fields, hollowNodes: '100' })).toMatchObject({ nodes: 3, hollowNodes: 100 });
  expect(toRequest({ ...fields, driver: 'hollow', hollowNodes: '100' })).not.toHaveProperty('hollowNodes');
});

test('the suggestion is the first free name', () => {
  expect(suggestName([])).toBe('dev');
  expect(suggestName(['dev', 'dev-2'])).toBe('dev-3');
});

test('the call carries sizes in cores and bytes, and none where none was given', () => {
  expect(toRequest({ ...fields, cpus: '1.5', memoryGiB: '2' })).toEqual({
    name: 'dev',
    driver: 'docker',
    nodes: 3,
    size: { cpus: 1.5, memoryBytes: 2 * 1024 ** 3 },
  });
  expect(toRequest({ ...fields, driver: 'hollow', nodes: '500', cpus: '1' })).toEqual({
    name: 'dev',
    driver: 'hollow',
    nodes: 500,
  });
});
