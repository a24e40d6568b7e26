import type { Environment } from '@marcbachmann/cel-js';
import { suspend } from './cost.ts';
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

/** Answers to the questions of one request, each asked once. */
class Answers {
  readonly #ask: AskAuthorizer;
  readonly #known = new Map<string, AuthorizationAnswer>();

  constructor(ask: AskAuthorizer) {
    this.#ask = ask;
  }

  /** Suspends the running expression while the answer is not known. */
  answer(question: AuthorizationQuestion): AuthorizationAnswer {
    const key = JSON.stringify(question);
    return this.#known.get(key) ?? suspend(this.#find(key, question));
  }

  async #find(key: string, question: AuthorizationQuestion): Promise<void> {
    const answer = await this.#ask(question).catch((error: unknown) => ({
      allowed: false,
      reason: '',
      error: error instanceof Error ? error.message : String(error),
    }));
    this.#known.set(key, answer);
  }
}

/** The value of the variable `authorizer`. */
export class AuthorizerValue {
  readonly answers: Answers;
  readonly subject: Subject;
  /** A check of what the request itself is about. */
  readonly requestResource: ResourceCheck | undefined;

  constructor(answers: Answers, subject: Subject = {}, requestResource?: Partial<AuthorizationQuestion>) {
    this.answers = answers;
    this.subject = subject;
    this.requestResource =
      requestResource && new ResourceCheck(answers, { ...nothing, ...subject, ...requestResource });
  }
}

/** An authorizer to be asked in expressions; `requestResource`: what the request itself is about. */
export function authorizerOf(
  ask: AskAuthorizer,
  requestResource?: Partial<AuthorizationQuestion>,
): AuthorizerValue {
  return new AuthorizerValue(new Answers(ask), {}, requestResource);
}

/** A check that is not asked yet. */
class Check {
  readonly answers: Answers;
  readonly question: AuthorizationQuestion;

  constructor(answers: Answers, question: AuthorizationQuestion) {
    this.answers = answers;
    this.question = question;
  }

  with(more: Partial<AuthorizationQuestion>): this {
    const Same = this.constructor as new (answers: Answers, question: AuthorizationQuestion) => this;
    return new Same(this.answers, { ...this.question, ...more });
  }

  ask(verb: string): Decision {
    return new Decision(this.answers.answer({ ...this.question, verb }));
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
    [`${authorizerType}.path(string): ${pathType}`]: ({ answers, subject }: AuthorizerValue, path: string) =>
      new PathCheck(answers, { ...nothing, ...subject, path }),
    [`${authorizerType}.group(string): ${groupType}`]: (
      { answers, subject }: AuthorizerValue,
      group: string,
    ) => new GroupCheck(answers, { ...nothing, ...subject, group }),
    [`${authorizerType}.serviceAccount(string, string): ${authorizerType}`]: (
      { answers }: AuthorizerValue,
      namespace: string,
      name: string,
    ) => new AuthorizerValue(answers, { serviceAccount: { namespace, name } }),
    [`${groupType}.resource(string): ${resourceCheckType}`]: (
      { answers, question }: GroupCheck,
      resource: string,
    ) => new ResourceCheck(answers, { ...question, resource }),
    [`${pathType}.check(string): ${decisionType}`]: (check: Check, verb: string) => check.ask(verb),
    [`${resourceCheckType}.check(string): ${decisionType}`]: (check: Check, verb: string) => check.ask(verb),
    [`${decisionType}.allowed(): bool`]: ({ answer }: Decision) => answer.allowed,
    [`${decisionType}.reason(): string`]: ({ answer }: Decision) => answer.reason,
    [`${decisionType}.errored(): bool`]: ({ answer }: Decision) => answer.error !== undefined,
    [`${decisionType}.error(): string`]: ({ answer }: Decision) => answer.error ?? '',
  });
}
