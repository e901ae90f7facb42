/** The codes of refusals and their HTTP status, as docs/problems.md lists them; test/contract.test.mjs compares the two. */
export const problems = {
  validation_failed: 400, invalid_cursor: 400, invalid_arguments: 400, on_behalf_of_required: 400,
  unauthenticated: 401, token_expired: 401, token_revoked: 401,
  insufficient_scope: 403, not_a_member: 403, not_allowed: 403, quota_exceeded: 403, banned: 403, blocked: 403, content_blocked: 403, rejected_by_hook: 403,
  route_not_found: 404, unknown_method: 404, tenant_not_found: 404, api_key_not_found: 404, user_not_found: 404, conversation_not_found: 404, member_not_found: 404, message_not_found: 404, poll_not_found: 404, flag_not_found: 404, scheduled_not_found: 404, reminder_not_found: 404, webhook_not_found: 404, before_send_hook_not_found: 404, delivery_not_found: 404, attachment_not_found: 404, call_not_found: 404,
  method_not_allowed: 405,
  client_message_id_reused: 409, idempotency_key_reused: 409, idempotency_key_in_use: 409, already_created: 409, id_taken: 409, limit_reached: 409, attachment_not_ready: 409, busy: 409, call_elsewhere: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429, slow_mode: 429, spam_detected: 429,
  internal_error: 500,
  unavailable: 503,
} as const;

/** What the service refuses with. */
export type ProblemCode = keyof typeof problems;

/**
 * What this client refuses with by itself, or ends with: `closed` by the application; `aborted` when a call was on its way already; `too_many_waiting` sends; `not_a_replica` when a
 * gateway stands where a replica was named; the reasons of evictions that are no problem codes.
 */
export type ClientCode = 'closed' | 'aborted' | 'too_many_waiting' | 'not_a_replica' | 'removed' | 'conversation_deleted' | 'user_deactivated' | 'tenant_deleted';

/** The list is open: a newer service may know more. */
export type CaasErrorCode = ProblemCode | ClientCode | (string & Record<never, never>);

/** A refusal, by the service or by this client. Decide by {@link code}. */
export class CaasError extends Error {
  override readonly name = 'CaasError';

  /** Stable. See docs/problems.md. */
  readonly code: CaasErrorCode;

  /** The HTTP status that belongs to the code, where one does. */
  readonly status?: number;

  /** For people; names the offending field. */
  readonly detail: string;

  /** Of the send or edit that failed: sending it again with the same one cannot double it. */
  readonly clientMessageId?: string;

  /**
   * True when a call may have been done: one of its tries was sent and never answered, or answered with a fault. Also of one that was refused in the end: what refuses a later try (a member
   * who was removed meanwhile) says nothing of the earlier one. The same client message id sent again tells, where it is taken.
   */
  readonly mayBeDone: boolean;

  /** How long to wait before the same call may succeed, in milliseconds: of `rate_limited`, `slow_mode`, `spam_detected` and whatever else says so. */
  readonly retryAfterMs?: number;

  constructor(code: CaasErrorCode, detail: string, options: { status?: number | undefined; clientMessageId?: string | undefined; mayBeDone?: boolean; cause?: unknown; retryAfterMs?: number | undefined } = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    const status = options.status ?? (Object.hasOwn(problems, code) ? problems[code as ProblemCode] : undefined);
    if (status !== undefined) this.status = status;
    if (options.clientMessageId !== undefined) this.clientMessageId = options.clientMessageId;
    this.mayBeDone = options.mayBeDone ?? false;
    const wait = options.retryAfterMs ?? /try again in (\d{1,9}) ms/.exec(detail)?.[1];
    if (wait !== undefined) this.retryAfterMs = Number(wait);
  }

  /** The same call may succeed later. */
  get temporary(): boolean {
    return this.code === 'unavailable' || this.code === 'rate_limited' || this.code === 'idempotency_key_in_use';
  }

  /** Such an answer does not say that nothing was done: a fault may come after the write, the store may not have confirmed it, an earlier try may still be at it. */
  get leavesUnknown(): boolean {
    return this.code === 'internal_error' || this.code === 'unavailable' || this.code === 'idempotency_key_in_use';
  }

  /** Another token may be taken where this one was not. */
  get wantsToken(): boolean {
    return this.code === 'unauthenticated' || this.code === 'token_expired';
  }

  /** Reads `code: detail`, the form of the hub's errors. Undefined for any other sentence: the call got no answer. */
  static parse(text: string): CaasError | undefined {
    const [, code, detail] = /^([a-z][a-z0-9_]{0,63}): ([\s\S]*)$/.exec(text) ?? [];
    return code === undefined ? undefined : new CaasError(code, detail ?? '');
  }
}

/** A call, or an attempt to connect, that got no answer. Never shown to the application: it leads to another try. */
export class LinkLost extends Error {
  override readonly name = 'LinkLost';

  /** What the server said when it closed the connection because of what was sent on it. */
  readonly refusal: CaasError | undefined;

  constructor(cause: unknown, text = messageOf(cause)) {
    super(text, { cause });
    this.refusal = CaasError.parse(text.replace(/^Server returned an error on close: /, ''));
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** With what a failed fetch tells only in its cause: the code, and the address that it was about. */
export function reasonOf(error: unknown): string {
  const text = messageOf(error);
  const { cause } = (error ?? {}) as { cause?: unknown };
  if (!(cause instanceof Error)) return text;

  // Of a name with several addresses each one failed by itself, and the whole says nothing.
  const { code, errors } = cause as { code?: unknown; errors?: unknown };
  const each = cause.message || (Array.isArray(errors) ? errors.map(messageOf).join(', ') : '');
  return `${text} (${typeof code === 'string' && !each.includes(code) ? [code, each].filter(Boolean).join(' ') : each})`;
}
