import { required } from '../../../api/field-errors.ts';
import { controllerOf, parseApiVersion } from '../../../api/meta.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import { isJsonObject } from '../../../lib/json.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import { checkNonNegative } from '../../validation.ts';
import type { ControllerRevision } from '../../wire.ts';

export const controllerRevisionKind = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  strategy: {
    validate: ({ revision }) => checkNonNegative('revision', revision),
    validateCreate({ data }) {
      if (data === undefined || data === null) return [required('data', 'data is mandatory')];
      return isJsonObject(data) ? [] : [required('data', 'data must be a valid JSON object')];
    },
    validateUpdate: (revision, old) => validateImmutable(revision.data, old.data, 'data'),
  },
  columns: [
    nameColumn(),
    {
      name: 'Controller',
      type: 'string',
      description: 'What the revision is of.',
      cell(revision) {
        const owner = controllerOf(revision);
        if (!owner) return '<none>';
        const { apiVersion = '', kind = '', name = '' } = owner;
        const { group } = parseApiVersion(apiVersion);
        return `${`${kind}${group === '' ? '' : `.${group}`}`.toLowerCase()}/${name}`;
      },
    },
    {
      name: 'Revision',
      type: 'string',
      description: 'Number of the revision.',
      cell: ({ revision }) => revision ?? 0,
    },
    ageColumn(),
  ],
  view: {
    section: 'workloads',
    title: 'Revisions',
    purpose: 'A revision is an earlier or the present state of a daemon set or stateful set, to go back to.',
  },
});
