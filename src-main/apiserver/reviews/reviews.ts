import type { AnyKind } from '@shared/kinds/define.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import type { DraftObject } from '../objects.ts';
import type { ApiServerRequest } from '../request.ts';
import { localSubjectAccessReview, selfSubjectAccessReview, subjectAccessReview } from './access-reviews.ts';
import { selfSubjectReview, tokenReview } from './authentication-reviews.ts';
import { binding } from './binding.ts';
import { componentStatus } from './component-status.ts';
import { selfSubjectRulesReview } from './rules-review.ts';

/** What a review is asked in. */
export interface ReviewContext {
  readonly server: ServerContext;
  readonly request: ApiServerRequest;
  readonly target: Target;
  readonly options: WriteOptions;
}

/** A kind whose objects are only answers (`stored: false`). */
export interface Review {
  readonly group: string;
  readonly kind: string;
  /** The answer to a posted object, usually itself with its status filled in. Throws ApiError to refuse it. */
  answer?(context: ReviewContext, draft: DraftObject): Promise<DraftObject> | DraftObject;
  /** Every object there is at this moment, for kinds that are read. */
  read?(context: Pick<ReviewContext, 'server'>): Promise<DraftObject[]> | DraftObject[];
}

/** Every review; a new one is one line. */
const reviews: readonly Review[] = [
  binding,
  componentStatus,
  subjectAccessReview,
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  tokenReview,
  selfSubjectReview,
];

/** Undefined for kinds that are stored. */
export function findReview(kind: Pick<AnyKind, 'group' | 'kind'>): Review | undefined {
  return reviews.find((review) => review.group === kind.group && review.kind === kind.kind);
}
