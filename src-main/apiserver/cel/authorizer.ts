import type { Environment } from '@marcbachmann/cel-js';
import { register, registerOpaque } from './define.ts';

/** What an expression asks to be authorized. */
export interface AuthorizationQuestion {
  /** Set for what is no resource. */
  readonly path?: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly verb: string;
  /** Set where the expression asks for a service account rather than for the user of the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

export interface AuthorizationAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  /** Set when it could not be found out. */
  readonly error?: string;
}

/** Answers the questions expressions ask. */
export type AskAuthorizer = (question: AuthorizationQuestion) => Promise<AuthorizationAnswer>;

type Subject = Pick<AuthorizationQuestion, 'serviceAccount'>;

/** The value of the variable `authorizer`. */
export class AuthorizerValue {
  readonly ask: AskAuthorizer;
  readonly subject: Subject;
  /** A check of what the request itself is about. */
  readonly requestResource: ResourceCheck | undefined;

  constructor(ask: AskAuthorizer, subject: Subject = {}, requestResource?: Partial<AuthorizationQuestion>) {
    this.ask = ask;
    this.subject = subject;
    this.requestResource =
      requestResource && new ResourceCheck(ask, { ...nothing, ...subject, ...requestResource });
  }
}

/** A check that is not asked yet. */
class Check {
  readonly ask: AskAuthorizer;
  readonly question: AuthorizationQuestion;

  constructor(ask: AskAuthorizer, question: AuthorizationQuestion) {
    this.ask = ask;
    this.question = question;
  }

  with(more: Partial<AuthorizationQuestion>): this {
    const Same = this.constructor as new (ask: AskAuthorizer, question: AuthorizationQuestion) => this;
    return new Same(this.ask, { ...this.question, ...more });
  }
}

class PathCheck extends Check {}
class GroupCheck extends Check {}
/** The value of `authorizer.requestResource`, among others. */
class ResourceCheck extends Check {}

class Decision {
  readonly answer: AuthorizationAnswer;

  constructor(answer: AuthorizationAnswer) {
    this.answer = answer;
  }
}

/** The type to declare the variable `authorizer` with. */
export const authorizerType = 'kubernetes.authorization.Authorizer';
/** The type to declare the variable `authorizer.requestResource` with. */
const resourceCheckType = 'kubernetes.authorization.ResourceCheck';
const pathType = 'kubernetes.authorization.PathCheck';
const groupType = 'kubernetes.authorization.GroupCheck';
const decisionType = 'kubernetes.authorization.Decision';

const nothing: AuthorizationQuestion = {
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  labelSelector: '',
  fieldSelector: '',
  verb: '',
};

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library */
export function authorizerFunctions(environment: Environment): void {
  registerOpaque(environment, pathType, PathCheck);
  registerOpaque(environment, groupType, GroupCheck);
  registerOpaque(environment, resourceCheckType, ResourceCheck);
  environment.registerType(authorizerType, {
    ctor: AuthorizerValue,
    fields: { requestResource: resourceCheckType },
  });
  registerOpaque(environment, decisionType, Decision);
  const narrowing = ['subresource', 'namespace', 'name', 'labelSelector', 'fieldSelector'] as const;
  const narrow = narrowing.map((field) => [
    `${resourceCheckType}.${field}(string): ${resourceCheckType}`,
    (check: ResourceCheck, value: string) => check.with({ [field]: value }),
  ]);
  register(environment, {
    ...Object.fromEntries(narrow),
    [`${authorizerType}.path(string): ${pathType}`]: ({ ask, subject }: AuthorizerValue, path: string) =>
      new PathCheck(ask, { ...nothing, ...subject, path }),
    [`${authorizerType}.group(string): ${groupType}`]: ({ ask, subject }: AuthorizerValue, group: string) =>
      new GroupCheck(ask, { ...nothing, ...subject, group }),
    [`${authorizerType}.serviceAccount(string, string): ${authorizerType}`]: (
      { ask }: AuthorizerValue,
      namespace: string,
      name: string,
    ) => new AuthorizerValue(ask, { serviceAccount: { namespace, name } }),
    [`${groupType}.resource(string): ${resourceCheckType}`]: (
      { ask, question }: GroupCheck,
      resource: string,
    ) => new ResourceCheck(ask, { ...question, resource }),
    [`${decisionType}.allowed(): bool`]: ({ answer }: Decision) => answer.allowed,
    [`${decisionType}.reason(): string`]: ({ answer }: Decision) => answer.reason,
    [`${decisionType}.errored(): bool`]: ({ answer }: Decision) => answer.error !== undefined,
    [`${decisionType}.error(): string`]: ({ answer }: Decision) => answer.error ?? '',
  });
  for (const type of [pathType, resourceCheckType])
    environment.registerFunction(
      `${type}.check(string): ${decisionType}`,
      async (check: Check, verb: string) => new Decision(await check.ask({ ...check.question, verb })),
    );
}
