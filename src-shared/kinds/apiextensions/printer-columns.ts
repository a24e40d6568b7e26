import type { KubeObject } from '../../api/meta.ts';
import type { Json } from '../../lib/types.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import type { AnyColumn, Column } from '../define.ts';
import type { CrdVersion } from './custom-resource-definition/names.ts';
import { compileJsonPath } from './json-path.ts';

type Definition = NonNullable<CrdVersion['additionalPrinterColumns']>[number];

/** A kind's table: the name and what the definition says; the age when it says nothing. */
export function columnsOf({ additionalPrinterColumns = [] }: CrdVersion): readonly AnyColumn[] {
  if (additionalPrinterColumns.length === 0) return [nameColumn(), ageColumn()];
  return [nameColumn(), ...additionalPrinterColumns.map(columnOf)];
}

function columnOf({ name, type, jsonPath, description, priority = 0 }: Definition): AnyColumn {
  const path = compileJsonPath(jsonPath);
  const column: Column<KubeObject> = {
    name,
    type: columnType(type),
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    ...(priority > 0 && { priority: 1 }),
    cell: (object) => cellOf(type, path?.(object as unknown as Json)[0]),
  };
  return column;
}

function columnType(type: string): AnyColumn['type'] {
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
    case 'date':
      return type;
    default:
      return 'string';
  }
}

/** A value of the wrong type shows nothing. */
function cellOf(type: string, value: Json | undefined): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? value : null;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}
