import { forbidden, invalid, notFound, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkDescendingPath, checkNoBacksteps, checkOptionalOneOf } from '../../validation.ts';
import type { Container } from '../../wire.ts';
import type { PodContext } from './pod-context.ts';

type ReadonlyContainer = Unchecked<Container>;
type Mount = NonNullable<ReadonlyContainer['volumeMounts']>[number];

/** Where a container mounts the pod's volumes; `field` is the path of the list. */
export function checkVolumeMounts(
  field: string,
  container: ReadonlyContainer,
  context: PodContext,
): FieldError[] {
  const paths = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const at = `${field}[${index}]`;
    const { mountPath = '' } = mount;
    const errors = checkPlace(at, mount, { container, context });
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    return [
      ...errors,
      ...checkSubPath(field, at, mount),
      ...checkPropagation(`${field}.mountPropagation`, mount, container),
      ...checkRecursiveReadOnly(`${field}.recursiveReadOnly`, mount),
    ];
  });
}

function checkPlace(
  at: string,
  { name = '', mountPath = '' }: Mount,
  { container, context }: { readonly container: ReadonlyContainer; readonly context: PodContext },
): FieldError[] {
  const devices = container.volumeDevices ?? [];
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${at}.name`));
  if (!context.volumes.has(name)) errors.push(notFound(`${at}.name`, name));
  if (!mountPath) errors.push(required(`${at}.mountPath`));
  if (devices.some((device) => (device.name ?? '') === name)) {
    errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'));
  }
  if (devices.some(({ devicePath = '' }) => devicePath === mountPath)) {
    errors.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
  }
  return errors;
}

function checkSubPath(field: string, at: string, { subPath, subPathExpr }: Mount): FieldError[] {
  const errors = subPath ? checkDescendingPath(`${field}.subPath`, subPath) : [];
  if (!subPathExpr) return errors;
  if (subPath) {
    errors.push(invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
  }
  return [...errors, ...checkDescendingPath(`${field}.subPathExpr`, subPathExpr)];
}

function checkPropagation(
  field: string,
  { mountPropagation }: Mount,
  container: ReadonlyContainer,
): FieldError[] {
  const supported = ['Bidirectional', 'HostToContainer', 'None'];
  const errors = checkOptionalOneOf(field, mountPropagation, supported);
  if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(
      forbidden(field, 'Bidirectional mount propagation is available only to privileged containers'),
    );
  }
  return errors;
}

function checkRecursiveReadOnly(field: string, mount: Mount): FieldError[] {
  const { recursiveReadOnly, mountPropagation = 'None' } = mount;
  const errors = checkOptionalOneOf(field, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible']);
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') return errors;
  if (mount.readOnly !== true) errors.push(forbidden(field, 'may only be specified when readOnly is true'));
  if (mountPropagation !== 'None') {
    errors.push(forbidden(field, 'may only be specified when mountPropagation is None or not specified'));
  }
  return errors;
}

/** Volumes handed to a container as block devices; `field` is the path of the list. */
export function checkVolumeDevices(
  field: string,
  container: ReadonlyContainer,
  context: PodContext,
): FieldError[] {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  return (container.volumeDevices ?? []).flatMap(({ name = '', devicePath = '' }, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    const about = (key: 'name' | 'devicePath', text: string) =>
      errors.push(invalid(`${at}.${key}`, key === 'name' ? name : devicePath, text));
    const volume = context.volumes.get(name);
    if (!name) errors.push(required(`${at}.name`));
    if (names.has(name)) about('name', 'must be unique');
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      about('name', 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    }
    if (!volume) errors.push(notFound(`${at}.name`, name));
    if (!devicePath) errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) about('devicePath', 'must be unique');
    if (checkNoBacksteps(at, devicePath).length > 0) about('devicePath', "can not contain backsteps ('..')");
    if (mounts.some((mount) => (mount.name ?? '') === name))
      about('name', 'must not already exist in volumeMounts');
    if (mounts.some(({ mountPath = '' }) => mountPath === devicePath)) {
      about('devicePath', 'must not already exist as a path in volumeMounts');
    }
    names.add(name);
    paths.add(devicePath);
    return errors;
  });
}
