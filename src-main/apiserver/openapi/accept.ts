import { ApiError } from '@shared/api/status.ts';

export interface OpenApiFormat {
  readonly encoding: 'json' | 'protobuf';
  readonly contentType: string;
}

const json: OpenApiFormat = { encoding: 'json', contentType: 'application/json' };
/** Clients ask for the type with an `@`, which is no valid media type: client-go refuses it as an answer. */
const protobuf: OpenApiFormat = {
  encoding: 'protobuf',
  contentType: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
};
const formats: Readonly<Record<string, OpenApiFormat>> = {
  'application/json': json,
  '*/*': json,
  'application/*': json,
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf': protobuf,
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf': protobuf,
};

/** How `Accept` wants `/openapi/v2`: of what it likes best (`q`), the first we have. 406 when we have none of it. */
export function openApiV2Format(accept: string): OpenApiFormat {
  if (accept.trim() === '') return json;
  const wanted = accept.split(',').map((alternative) => {
    const [type = '', ...parameters] = alternative.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
  for (const { type, quality } of wanted.sort((a, b) => b.quality - a.quality)) {
    if (quality > 0 && Object.hasOwn(formats, type)) return formats[type] ?? json;
  }
  throw ApiError.of(
    'NotAcceptable',
    `only the following media types are accepted: ${json.contentType}, ${protobuf.contentType}`,
  );
}
