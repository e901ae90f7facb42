import { CaasError, LinkLost } from './errors.js';
import type { Link } from './link.js';
import { pause } from './time.js';
import type { JoinResult } from './wire.js';

/** What one call may join. */
const mostAtOnce = 100;

/** What is joined: a conversation that somebody listens to. */
export interface Joinable {
  readonly id: string;
  /** The join is about to be asked for. @returns the seq to start behind. */
  joining(): number | null;
  /** @returns false when the answer cannot be: it has to be asked for again. */
  joined(result: JoinResult, link: Link): boolean;
  /** The join was refused for good. */
  refused(error: CaasError): void;
}

/** Joins conversations, many with one call: after a reconnect a client with 300 conversations makes three. */
export class Joiner {
  private readonly wanted = new Set<Joinable>();
  private link: Link | undefined;
  private working: Link | undefined;

  constructor(private readonly backoff: (attempt: number) => number, private readonly signal: AbortSignal) {}

  add(conversation: Joinable): void {
    this.wanted.add(conversation);

    // In a moment: what is asked for in the same breath goes along.
    queueMicrotask(() => this.begin());
  }

  remove(conversation: Joinable): void {
    this.wanted.delete(conversation);
  }

  /** A new link: all has to be joined again. */
  linked(link: Link, all: Iterable<Joinable>): void {
    this.link = link;
    for (const conversation of all) this.wanted.add(conversation);
    this.begin();
  }

  unlinked(): void {
    this.link = undefined;
  }

  private begin(): void {
    const { link } = this;
    if (!link?.alive || this.working === link || this.wanted.size === 0) return;
    this.working = link;
    void this.work(link).finally(() => {
      if (this.working === link) this.working = undefined;
      this.begin();
    });
  }

  private async work(link: Link): Promise<void> {
    for (let attempt = 0; this.link === link && link.alive && this.wanted.size > 0; ) {
      const batch = [...this.wanted].slice(0, mostAtOnce);
      for (const conversation of batch) this.wanted.delete(conversation);
      try {
        const wait = await this.join(link, batch);
        if (wait === undefined) attempt = 0;
        else await pause(wait || this.backoff(attempt++), this.signal);
      } catch (error) {
        if (!(error instanceof LinkLost)) throw error;
        return; // The next link joins them all.
      }
    }
  }

  /** @returns milliseconds to wait for those that have to be tried again, 0 when the service did not say; undefined when there are none. */
  private async join(link: Link, batch: readonly Joinable[]): Promise<number | undefined> {
    const requests = batch.map((conversation) => ({ conversationId: conversation.id, afterSeq: conversation.joining() }));
    let results: JoinResult[];
    try {
      results = await link.call('JoinConversations', requests);
    } catch (error) {
      if (!(error instanceof CaasError)) throw error;
      if (error.temporary || error.code === 'internal_error') {
        for (const conversation of batch) this.wanted.add(conversation);
        return error.retryAfterMs ?? 0;
      }
      if (batch.length > 1) {
        for (const conversation of batch) await this.join(link, [conversation]); // One of them cannot even be asked for.
      } else {
        batch[0]?.refused(error);
      }
      return undefined;
    }
    let wait: number | undefined;
    for (const [index, conversation] of batch.entries()) {
      const result = results[index];
      const error = result?.error ? CaasError.parse(result.error) ?? new CaasError('internal_error', result.error) : undefined;
      if (result === undefined || error?.temporary || error?.code === 'internal_error') {
        this.wanted.add(conversation);
        wait = Math.max(wait ?? 0, error?.retryAfterMs ?? 0);
      } else if (error !== undefined) {
        conversation.refused(error);
      } else if (!conversation.joined(result, link)) {
        this.wanted.add(conversation);
        wait ??= 0;
      }
    }
    return wait;
  }
}
