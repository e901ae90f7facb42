import { CaasError, messageOf } from './errors.js';
import type { Attachment, AttachmentResponse, AttachmentUpload } from './wire.js';

/** Where files are uploaded, as whom. */
export interface AttachmentOptions {
  /** The gateway's address, such as `https://chat.example.com`. */
  gateway: string;

  /** A token of the user, from your backend. */
  getToken: () => Promise<string>;

  /** Ends the upload. */
  signal?: AbortSignal;
}

/**
 * Uploads a file: asks for a place, and sends the file there. Put what it returns into the `attachments` of a message; a file that no message refers to is removed after a day.
 *
 * @param file A `File` of an input, or a `Blob` with a type; `name` is needed where it has none.
 * @throws {CaasError} `validation_failed`: the type is not allowed, the file is too large, or is not what it says.
 */
export async function uploadAttachment(file: Blob & { readonly name?: string }, options: AttachmentOptions & { name?: string; type?: string }): Promise<Attachment> {
  const name = options.name ?? file.name ?? 'file';
  const type = (options.type ?? file.type).split(';', 1)[0] ?? '';
  const place = await call<AttachmentUpload>(options, 'POST', '/v1/attachments', { name, type, size: file.size });
  const answer = await send(place.uploadUrl, { method: place.method, headers: place.headers, body: file, ...(options.signal && { signal: options.signal }) });
  if (!answer.ok) throw await problemOf(answer);
  return { attachmentId: place.id, name };
}

/** What is known of a file, with fresh links to it that need no credentials: for `<img>`, `<video>` and `<a download>`. */
export function getAttachment(attachmentId: string, options: AttachmentOptions): Promise<AttachmentResponse> {
  return call<AttachmentResponse>(options, 'GET', `/v1/attachments/${encodeURIComponent(attachmentId)}`);
}

async function call<T>(options: AttachmentOptions, method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${await options.getToken()}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await send(options.gateway.replace(/\/+$/, '') + path, {
    method, headers, ...(body !== undefined && { body: JSON.stringify(body) }), ...(options.signal && { signal: options.signal }),
  });
  if (!answer.ok) throw await problemOf(answer);
  return await answer.json() as T;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new CaasError('unavailable', messageOf(error), { mayBeDone: init.method !== 'GET', cause: error });
  }
}

async function problemOf(answer: Response): Promise<CaasError> {
  const problem = await answer.json().catch(() => ({})) as { code?: string; detail?: string; title?: string; retryAfterMs?: number };
  return new CaasError(problem.code ?? 'unavailable', problem.detail ?? problem.title ?? `HTTP ${answer.status}`, { status: answer.status, retryAfterMs: problem.retryAfterMs });
}
