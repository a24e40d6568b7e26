import { type Document, withEtag } from '../discovery.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import { type OpenApiFormat, openApiFormat } from './accept.ts';

/** The OpenAPI 3 document of a group version. */
export interface OpenApiV3Part {
  /** Where the index says that it is: the path, and the hash of the document as JSON. */
  readonly url: string;
  document(encoding: OpenApiFormat['encoding']): Promise<Document> | Document;
}

const yearMs = 365 * 24 * 3600_000;

/**
 * Answers with a document in the form that `Accept` wants, 406 when there is none. Who names the right hash may keep
 * the answer for ever; who names another one is sent to the right one. Source: kube-openapi, pkg/handler3.
 */
export async function answerOpenApiV3(
  part: OpenApiV3Part,
  request: Pick<ApiServerRequest, 'accept' | 'ifNoneMatch' | 'query'>,
  nowMs: number,
): Promise<ApiServerResponse> {
  const { encoding, contentType } = openApiFormat(3, request.accept);
  const hash = request.query.get('hash') ?? '';
  const isKnown = hash === new URLSearchParams(part.url.split('?')[1]).get('hash');
  if (hash !== '' && !isKnown) return movedTo(part.url);
  const answer = withEtag(await part.document(encoding), request.ifNoneMatch, contentType);
  if (!isKnown) return answer;
  const headers = {
    ...answer.headers,
    'cache-control': 'public, immutable',
    expires: new Date(nowMs + yearMs).toUTCString(),
  };
  return { ...answer, headers };
}

function movedTo(location: string): ApiServerResponse {
  const headers = { location, vary: 'Accept' };
  const contentType = 'text/plain; charset=utf-8';
  return { type: 'raw', code: 301, contentType, body: 'Moved Permanently\n', headers };
}
