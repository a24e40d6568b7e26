import { ApiError } from '@shared/api/status.ts';

export interface OpenApiFormat {
  readonly encoding: 'json' | 'protobuf';
  readonly contentType: string;
}

const json: OpenApiFormat = { encoding: 'json', contentType: 'application/json' };

/** Clients ask for the type with an `@`, which is no valid media type: client-go refuses it as an answer. */
function formatsOf(version: 2 | 3): Readonly<Record<string, OpenApiFormat>> {
  const name = `application/com.github.proto-openapi.spec.v${version}`;
  const protobuf: OpenApiFormat = { encoding: 'protobuf', contentType: `${name}.v1.0+protobuf` };
  return {
    'application/json': json,
    '*/*': json,
    'application/*': json,
    [`${name}@v1.0+protobuf`]: protobuf,
    [`${name}.v1.0+protobuf`]: protobuf,
  };
}

const formats = { 2: formatsOf(2), 3: formatsOf(3) } as const;

/**
 * How `Accept` wants `/openapi/v2` or a part of `/openapi/v3`: of what it likes best (`q`), the first we have. 406 when
 * we have none of it.
 */
export function openApiFormat(version: 2 | 3, accept: string): OpenApiFormat {
  const known = formats[version];
  if (accept.trim() === '') return json;
  const wanted = accept.split(',').map((alternative) => {
    const [type = '', ...parameters] = alternative.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
  for (const { type, quality } of wanted.sort((a, b) => b.quality - a.quality)) {
    if (quality > 0 && Object.hasOwn(known, type)) return known[type] ?? json;
  }
  throw ApiError.of(
    'NotAcceptable',
    `only the following media types are accepted: ${[...new Set(Object.values(known))].map(({ contentType }) => contentType).join(', ')}`,
  );
}
