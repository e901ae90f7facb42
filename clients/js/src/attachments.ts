import { problemOf, request, send, type RestOptions } from './rest.js';
import type { Attachment, AttachmentResponse, AttachmentUpload } from './wire.js';

/** Where files are uploaded, as whom. */
export type AttachmentOptions = RestOptions;

/**
 * Uploads a file: asks for a place, and sends the file there. Put what it returns into the `attachments` of a message; a file that no message refers to is removed after a day.
 *
 * @param file A `File` of an input, or a `Blob` with a type; `name` is needed where it has none.
 * @throws {CaasError} `validation_failed`: the type is not allowed, the file is too large, or is not what it says.
 */
export async function uploadAttachment(file: Blob & { readonly name?: string }, options: AttachmentOptions & { name?: string; type?: string }): Promise<Attachment> {
  const name = options.name ?? file.name ?? 'file';
  const type = (options.type ?? file.type).split(';', 1)[0] ?? '';
  const place = await request<AttachmentUpload>(options, 'POST /v1/attachments', { body: { name, type, size: file.size } });
  const answer = await send(place.uploadUrl, { method: place.method, headers: place.headers, body: file, ...(options.signal && { signal: options.signal }) });
  if (!answer.ok) throw await problemOf(answer);
  return { attachmentId: place.id, name };
}

/** What is known of a file, with fresh links to it that need no credentials: for `<img>`, `<video>` and `<a download>`. */
export function getAttachment(attachmentId: string, options: AttachmentOptions): Promise<AttachmentResponse> {
  return request<AttachmentResponse>(options, 'GET /v1/attachments/{attachmentId}', { path: { attachmentId } });
}
