import { CaasError, LinkLost } from './errors.js';
import type { Link } from './link.js';
import { pause } from './time.js';

/** After so long an answered mark is written, whatever happened to the replica. Milliseconds. */
const doubtful = 30_000;

interface Mark {
  delivered: number;
  read: number;
  sentDelivered: number;
  sentRead: number;
  answeredAt: number;
}

/**
 * What the user has and has read, on its way to the service: of each conversation the furthest, one call at a time, so that many marks cost few. A mark is written a moment after it is
 * answered; what was answered shortly before a link was lost is therefore repeated on the next one, where it changes nothing if it was written.
 */
export class Marks {
  private readonly marks = new Map<string, Mark>();
  private link: Link | undefined;
  private sending = false;

  constructor(private readonly backoff: (attempt: number) => number, private readonly signal: AbortSignal) {}

  add(conversationId: string, delivered: number, read: number): void {
    for (const seq of [delivered, read]) {
      if (!(Number.isSafeInteger(seq) && seq >= 0)) throw new CaasError('validation_failed', 'seq must be a whole number, 0 or above.');
    }
    const mark = this.marks.get(conversationId) ?? { delivered: 0, read: 0, sentDelivered: 0, sentRead: 0, answeredAt: 0 };
    mark.delivered = Math.max(mark.delivered, delivered, read);
    mark.read = Math.max(mark.read, read);
    this.marks.set(conversationId, mark);

    // In a moment: what is marked in the same breath goes together.
    queueMicrotask(() => void this.begin());
  }

  linked(link: Link): void {
    this.link = link;
    for (const [conversationId, mark] of this.marks) {
      if (!isOpen(mark) && Date.now() - mark.answeredAt > doubtful) this.marks.delete(conversationId);
      else mark.sentDelivered = mark.sentRead = 0;
    }
    void this.begin();
  }

  unlinked(): void {
    this.link = undefined;
  }

  private async begin(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    for (let attempt = 0; this.link?.alive && !this.signal.aborted; ) {
      const next = [...this.marks].find(([, mark]) => isOpen(mark));
      if (next === undefined) break;
      const [conversationId, mark] = next;
      try {
        await this.send(this.link, conversationId, mark);
        attempt = 0;
      } catch (error) {
        if (error instanceof LinkLost) break; // The next link carries it.
        if (error instanceof CaasError && (error.temporary || error.code === 'internal_error')) await pause(error.retryAfterMs ?? this.backoff(attempt++), this.signal);
        else this.marks.delete(conversationId);
      }
    }
    this.sending = false;
  }

  private async send(link: Link, conversationId: string, mark: Mark): Promise<void> {
    const { delivered, read } = mark;
    if (delivered > Math.max(read, mark.sentDelivered)) {
      await link.call('MarkDelivered', conversationId, delivered);
      mark.sentDelivered = delivered;
    }
    if (read > mark.sentRead) {
      await link.call('MarkRead', conversationId, read);
      mark.sentRead = read;
    }
    mark.answeredAt = Date.now();
  }
}

function isOpen(mark: Mark): boolean {
  return mark.delivered > Math.max(mark.sentDelivered, mark.sentRead) || mark.read > mark.sentRead;
}
