import type { JsonObject } from '@shared/lib/types.ts';
import type { Form, Subject } from './subject.ts';

/** What an admission review says of a request beside its objects; `request` in expressions. */
export function reviewFacts(subject: Subject, form: Form): JsonObject {
  const { subresource, form: own, namespace, request } = subject;
  const { name, uid, groups, extra } = request.options.user;
  return {
    kind: { ...form.kind },
    resource: { ...form.resource },
    ...(subresource && { subResource: subresource }),
    requestKind: { ...own.kind },
    requestResource: { ...own.resource },
    ...(subresource && { requestSubResource: subresource }),
    ...(subject.name && { name: subject.name }),
    ...(namespace && { namespace }),
    operation: subject.operation,
    userInfo: {
      username: name,
      ...(uid && { uid }),
      groups: [...groups],
      ...(extra && { extra: extra as JsonObject }),
    },
    dryRun: subject.isDryRun,
  };
}
