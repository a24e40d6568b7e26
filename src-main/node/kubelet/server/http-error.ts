/** A refusal of the kubelet's own API: a status and a sentence as plain text. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.status = status;
  }
}

export function notFound(): HttpError {
  return new HttpError(404, '404 page not found\n');
}
