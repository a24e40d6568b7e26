import { invalid, notFound, required } from '../../../api/field-errors.ts';
import { configMapKeyErrors, envVarNameErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkDnsLabel, checkDnsSubdomain, checkNoBacksteps, invalidEach } from '../../validation.ts';
import type { Container, EnvVar, PodSpec } from '../../wire.ts';
import { checkFieldRef, checkResourceFieldRef, envFieldPaths } from './downward-validation.ts';
import { containersWithPath } from './pod-containers.ts';

type EnvFrom = NonNullable<Unchecked<Container>['envFrom']>[number];
type ValueFrom = NonNullable<Unchecked<EnvVar>['valueFrom']>;

/** Environment variables; `field` is the path of the list. */
export function checkEnv(field: string, variables: readonly Unchecked<EnvVar>[]): FieldError[] {
  return variables.flatMap((variable, index) => {
    const at = `${field}[${index}]`;
    const name = variable.name
      ? invalidEach(`${at}.name`, variable.name, envVarNameErrors(variable.name))
      : [required(`${at}.name`)];
    const from = variable.valueFrom
      ? checkValueFrom(`${at}.valueFrom`, variable.valueFrom, variable.value ?? '')
      : [];
    return [...name, ...from];
  });
}

function checkValueFrom(field: string, from: ValueFrom, value: string): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = from;
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...checkFieldRef(`${field}.fieldRef`, fieldRef, envFieldPaths));
  if (resourceFieldRef) {
    errors.push(...checkResourceFieldRef(`${field}.resourceFieldRef`, resourceFieldRef, false));
  }
  if (configMapKeyRef) errors.push(...checkKeyRef(`${field}.configMapKeyRef`, configMapKeyRef));
  if (secretKeyRef) errors.push(...checkKeyRef(`${field}.secretKeyRef`, secretKeyRef));
  if (fileKeyRef) errors.push(...checkFileKeyRef(`${field}.fileKeyRef`, fileKeyRef));
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef];
  const count = sources.filter((source) => source !== undefined).length;
  if (count === 0) {
    const list = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(invalid(field, '', `must specify one of: ${list}`));
  } else if (value !== '') {
    errors.push(invalid(field, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) {
    errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

function checkKeyRef(
  field: string,
  { name = '', key }: { readonly name?: string; readonly key?: string },
): FieldError[] {
  const errors = checkDnsSubdomain(`${field}.name`, name);
  if (!key) return [...errors, required(`${field}.key`)];
  return [...errors, ...invalidEach(`${field}.key`, key, configMapKeyErrors(key))];
}

function checkFileKeyRef(
  field: string,
  { key, path, volumeName }: NonNullable<ValueFrom['fileKeyRef']>,
): FieldError[] {
  return [
    ...(key ? invalidEach(`${field}.key`, key, envVarNameErrors(key)) : [required(`${field}.key`)]),
    ...(volumeName ? checkDnsLabel(`${field}.volumeName`, volumeName) : [required(`${field}.volumeName`)]),
    ...(path ? checkNoBacksteps(`${field}.path`, path) : [required(`${field}.path`)]),
  ];
}

/** Files that variables come from lie in an emptyDir of the pod; `field` is the path of the spec. */
export function checkFileKeyVolumes(field: string, spec: Unchecked<PodSpec>): FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  return containersWithPath(field, spec).flatMap(({ at, container }) =>
    (container.env ?? []).flatMap(({ valueFrom }, index) => {
      if (!valueFrom?.fileKeyRef) return [];
      const { volumeName } = valueFrom.fileKeyRef;
      const path = `${at}.env[${index}].valueFrom.fileKeyRef.volumeName`;
      const volume = volumes.get(volumeName);
      if (!volume) return [notFound(path, volumeName)];
      return volume.emptyDir ? [] : [invalid(path, volumeName, 'referenced volume must be of type emptyDir')];
    }),
  );
}

/** Whole config maps and secrets as environment; `field` is the path of the list. */
export function checkEnvFrom(field: string, sources: readonly EnvFrom[]): FieldError[] {
  return sources.flatMap((source, index) => {
    const at = `${field}[${index}]`;
    const prefix = source.prefix
      ? invalidEach(`${at}.prefix`, source.prefix, envVarNameErrors(source.prefix))
      : [];
    const errors = [
      ...prefix,
      ...(source.configMapRef ? checkRef(`${at}.configMapRef`, source.configMapRef) : []),
      ...(source.secretRef ? checkRef(`${at}.secretRef`, source.secretRef) : []),
    ];
    if (!source.configMapRef && !source.secretRef) {
      errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (source.configMapRef && source.secretRef) {
      errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}

function checkRef(field: string, { name }: { readonly name?: string }): FieldError[] {
  return name ? checkDnsSubdomain(`${field}.name`, name) : [required(`${field}.name`)];
}
