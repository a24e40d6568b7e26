import { duplicate, invalid } from '../../api/field-errors.ts';
import type { FieldError } from '../../api/status.ts';
import { checkQualifiedName } from '../validation.ts';
import { checkItems } from './list-validation.ts';

const maxConditions = 4;

interface Bindable {
  readonly bindingConditions?: readonly string[];
  readonly bindingFailureConditions?: readonly string[];
}

/** Conditions that a device must reach before pods are bound, and those that end the wait; `field` is the device's path. */
export function checkBindingConditions(
  field: string,
  { bindingConditions = [], bindingFailureConditions = [] }: Bindable,
): FieldError[] {
  const good = `${field}.bindingConditions`;
  const bad = `${field}.bindingFailureConditions`;
  const errors = [
    ...checkItems(good, bindingConditions, maxConditions, checkQualifiedName),
    ...checkItems(bad, bindingFailureConditions, maxConditions, checkQualifiedName),
    ...repeated(good, bindingConditions),
    ...bindingFailureConditions.flatMap((condition, index) => [
      ...(bindingFailureConditions.indexOf(condition) < index
        ? [duplicate(`${bad}[${index}]`, condition)]
        : []),
      ...(bindingConditions.includes(condition)
        ? [
            invalid(
              `${bad}[${index}]`,
              condition,
              'bindingFailureConditions must not overlap with bindingConditions',
            ),
          ]
        : []),
    ]),
  ];
  if (bindingConditions.length === 0 && bindingFailureConditions.length > 0) {
    errors.push(
      invalid(good, bindingConditions, 'bindingConditions are required to use bindingFailureConditions'),
    );
  }
  if (bindingFailureConditions.length === 0 && bindingConditions.length > 0) {
    const text = 'bindingFailureConditions are required to use bindingConditions';
    errors.push(invalid(bad, bindingFailureConditions, text));
  }
  return errors;
}

function repeated(field: string, texts: readonly string[]): FieldError[] {
  return texts.flatMap((text, index) =>
    texts.indexOf(text) < index ? [duplicate(`${field}[${index}]`, text)] : [],
  );
}
