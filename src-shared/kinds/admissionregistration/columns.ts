import { formatLabelSelector, type LabelSelectorLike } from '../../api/selectors.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import type { AnyColumn, Column } from '../define.ts';
import type { MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicy } from '../wire.ts';

/** The kind of a policy's parameters. */
export function paramKindColumn(): AnyColumn {
  const column: Column<ValidatingAdmissionPolicy> = {
    name: 'ParamKind',
    type: 'string',
    description: 'Kind of the objects that hold its parameters.',
    cell: ({ spec }) => {
      const kind = spec?.paramKind;
      return kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : '<unset>';
    },
  };
  return column;
}

/** Columns of the bindings of both sorts of policies. */
export function policyBindingColumns(): readonly AnyColumn[] {
  const policy: Column<MutatingAdmissionPolicyBinding> = {
    name: 'PolicyName',
    type: 'string',
    description: 'The policy that is put to use.',
    cell: ({ spec }) => spec?.policyName ?? '',
  };
  const param: Column<MutatingAdmissionPolicyBinding> = {
    name: 'ParamRef',
    type: 'string',
    description: 'Objects that hold the parameters.',
    cell: ({ spec }) => paramRefText(spec?.paramRef),
  };
  return [nameColumn(), policy, param, ageColumn()];
}

interface ParamRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: LabelSelectorLike;
}

function paramRefText(ref: ParamRef | undefined): string {
  if (!ref) return '<unset>';
  if (!ref.name) return formatLabelSelector(ref.selector);
  return ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name;
}
