import { assert } from '../lib/assert.ts';
import type { JsonObject, Unchecked, UncheckedDraft } from '../lib/types.ts';
import type { Conversion, Strategy } from './define.ts';

/**
 * The strategy of a further version that has none of its own: every step runs on the object as the hub sees it, by
 * the hub's strategy. For conversions that answer at once. Field errors name the hub's fields.
 */
export function strategyOfHub<T>(conversion: Conversion): Strategy<T> {
  const strategy: Strategy<JsonObject> = conversion.hub.strategy;
  const { defaults, prepareForCreate, prepareForUpdate, prepareForStatusUpdate } = strategy;
  const { validate, validateCreate, validateUpdate, validateStatusUpdate, keepsStatusOnCreate } = strategy;
  const hub = (object: Unchecked<JsonObject>) => oneOf(conversion.toHub([object]));
  const edit = (draft: object, step: (stored: UncheckedDraft<JsonObject>) => void) => {
    const stored = hub(draft as JsonObject);
    step(stored as UncheckedDraft<JsonObject>);
    replace(draft, oneOf(conversion.fromHub([stored])));
  };
  const asSeen: Strategy<JsonObject> = {
    ...(keepsStatusOnCreate !== undefined && { keepsStatusOnCreate }),
    ...(defaults && { defaults: (draft) => edit(draft, (stored) => defaults(stored)) }),
    ...(prepareForCreate && {
      prepareForCreate: (draft) => edit(draft, (stored) => prepareForCreate(stored)),
    }),
    ...(prepareForUpdate && {
      prepareForUpdate: (draft, old) => edit(draft, (stored) => prepareForUpdate(stored, hub(old))),
    }),
    ...(prepareForStatusUpdate && {
      prepareForStatusUpdate: (draft, old) =>
        edit(draft, (stored) => prepareForStatusUpdate(stored, hub(old))),
    }),
    ...(validate && { validate: (object) => validate(hub(object)) }),
    ...(validateCreate && { validateCreate: (object) => validateCreate(hub(object)) }),
    ...(validateUpdate && { validateUpdate: (object, old) => validateUpdate(hub(object), hub(old)) }),
    ...(validateStatusUpdate && {
      validateStatusUpdate: (object, old) => validateStatusUpdate(hub(object), hub(old)),
    }),
  };
  return asSeen as Strategy<unknown> as Strategy<T>;
}

function oneOf(converted: Promise<JsonObject[]> | JsonObject[]): JsonObject {
  assert(
    !(converted instanceof Promise),
    'a strategy through the hub needs a conversion that answers at once',
  );
  const [object] = converted;
  assert(object, 'a conversion answers with an object for each');
  return object;
}

/** The draft takes on the other object's members: it stays the same value, its holder sees the change. */
function replace(draft: object, by: JsonObject): void {
  const members = draft as Record<string, unknown>;
  for (const key of Object.keys(members)) if (by[key] === undefined) delete members[key];
  Object.assign(members, by);
}
