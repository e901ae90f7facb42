import { CaasError, messageOf } from './errors.js';
import type { Operations } from './operations.js';

/** Where the gateway is, and as whom. */
export interface RestOptions {
  /** The gateway's address, such as `https://chat.example.com`. */
  gateway: string;

  /** A token of the user, from your backend. */
  getToken: () => Promise<string>;

  /** Ends what is under way. */
  signal?: AbortSignal;
}

/** An operation, such as `GET /v1/search/messages`. */
export type Operation = keyof Operations;

/** What an operation is called with: `path`, `query`, `header`, `body`, as far as it has them. */
export type Input<O extends Operation> = Omit<Operations[O], 'answer'>;

/** What it answers. */
export type Answer<O extends Operation> = Operations[O]['answer'];

/** Operations whose answers come page by page. */
export type Paged = { [O in Operation]: Answer<O> extends { items: unknown[]; next?: string | null } ? O : never }[Operation];

type Given<I> = Record<never, never> extends I ? [input?: I] : [input: I];
type Parts = { path?: Record<string, unknown>; query?: Record<string, unknown>; header?: Record<string, string>; body?: unknown };

/**
 * The gateway's REST interface, as a user: every operation of the OpenAPI document that users may call, by its method and path, with the types of what it takes and answers.
 *
 * ```ts
 * const rest = new CaasRest({ gateway: 'https://chat.example.com', getToken });
 * const { items } = await rest.call('GET /v1/search/messages', { query: { q: 'holiday' } });
 * await rest.call('POST /v1/conversations/{conversationId}/messages', { path: { conversationId: 'general' }, body: { text: 'Hello' } });
 * ```
 */
export class CaasRest {
  constructor(private readonly options: RestOptions) {}

  /**
   * Calls an operation, once.
   *
   * @throws {CaasError} With the code of the refusal; `unavailable` where the gateway cannot be reached, `mayBeDone` then telling whether it may have been done all the same.
   */
  async call<O extends Operation>(operation: O, ...[input]: Given<Input<O>>): Promise<Answer<O>> {
    return await request<Answer<O>>(this.options, operation, input as Parts | undefined);
  }

  /** The items of all pages, asked for as they are needed. */
  async *items<O extends Paged>(operation: O, ...[input]: Given<Input<O>>): AsyncGenerator<(Answer<O> & { items: unknown[] })['items'][number], void, undefined> {
    const parts = (input ?? {}) as Parts;
    for (let cursor: string | null | undefined; ;) {
      const page = await request<{ items: (Answer<O> & { items: unknown[] })['items'][number][]; next?: string | null }>(this.options, operation, cursor ? { ...parts, query: { ...parts.query, cursor } } : parts);
      yield* page.items;
      cursor = page.next;
      if (cursor === undefined || cursor === null) return;
    }
  }
}

/** Calls an operation with what it is made of. */
export async function request<T>(options: RestOptions, operation: string, { path, query, header, body }: Parts = {}): Promise<T> {
  const [method = '', template = ''] = operation.split(' ');
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path?.[name])));
  const asked = new URLSearchParams(Object.entries(query ?? {}).flatMap(([name, value]) => (value === undefined || value === null ? [] : [value].flat().map((one) => [name, String(one)]))));
  const headers: Record<string, string> = { ...header, authorization: `Bearer ${await options.getToken()}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await send(`${options.gateway.replace(/\/+$/, '')}${filled}${asked.size > 0 ? `?${asked}` : ''}`, {
    method, headers, ...(body !== undefined && { body: JSON.stringify(body) }), ...(options.signal && { signal: options.signal }),
  });
  if (!answer.ok) throw await problemOf(answer, method !== 'GET');
  const text = await answer.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** As `fetch`, but what cannot be reached is `unavailable`. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new CaasError('unavailable', messageOf(error), { mayBeDone: init.method !== 'GET', cause: error });
  }
}

/**
 * What a refusal says.
 * @param changes whether the call changes something, which it may have done in spite of a fault.
 */
export async function problemOf(answer: Response, changes = false): Promise<CaasError> {
  const problem = await answer.json().catch(() => ({})) as { code?: string; detail?: string; title?: string; retryAfterMs?: number };
  const code = problem.code ?? 'unavailable';
  return new CaasError(code, problem.detail ?? problem.title ?? `HTTP ${answer.status}`, {
    status: answer.status, retryAfterMs: problem.retryAfterMs, mayBeDone: changes && (answer.status >= 500 || code === 'idempotency_key_in_use'),
  });
}
