import { CaasError } from './errors.js';
import type { EntryPage, EntryResponse, JoinResult } from './wire.js';

/**
 * How an entry came: `live` as it happened; `missed` read from the log, since it happened while nobody listened; `recent` from the newest page, when a conversation is joined without a
 * place to start from.
 */
export type Origin = 'live' | 'missed' | 'recent';

export interface Arrival {
  readonly entry: EntryResponse;
  readonly origin: Origin;
}

/** What the wire did. None of it reaches the application: entries are delivered in order, each once, without holes. */
export interface WireCounters {
  /** Pushed entries that came after a later one. */
  inversions: number;
  /** Pushed entries that were here already. */
  repeats: number;
  /** Pushed entries that jumped over others. */
  gaps: number;
  /** Pages read from the log to fill what was missing. */
  reads: number;
}

/** Puts what comes over the wire in order. Holds a bounded number of entries; what does not fit is left in the log and read when there is room. */
export class Intake {
  readonly counters: WireCounters = { inversions: 0, repeats: 0, gaps: 0, reads: 0 };

  private readonly ready: Arrival[] = [];
  private readonly held = new Map<number, EntryResponse>();

  /** What was pushed before the join was answered, as it came; undefined when nothing is awaited. */
  private early: EntryResponse[] | undefined = [];

  /** The highest seq that was pushed on this link, or that the join told. */
  private pushed = 0;

  /** The highest seq that is known to exist. */
  private known = 0;

  /** @param tail the last seq that is here without a hole before it; null: not known before the first join. */
  constructor(private readonly limit: number, private tail: number | null) {}

  /** Where to join or read on. */
  get last(): number | null {
    return this.tail;
  }

  /** Entries that wait in order. */
  get waiting(): number {
    return this.ready.length;
  }

  /** There are entries in the log that are not here. */
  get missing(): boolean {
    return this.early === undefined && this.tail !== null && this.tail < this.known;
  }

  get hasRoom(): boolean {
    return this.ready.length < this.limit;
  }

  take(): Arrival | undefined {
    return this.ready.shift();
  }

  /** A join is on its way: what is pushed from now on belongs to a new link. */
  joining(): void {
    this.early = [];
    this.held.clear();
  }

  joined(result: JoinResult): void {
    const first = this.tail === null;
    this.tail ??= (result.items[0]?.seq ?? result.lastSeq + 1) - 1;
    this.pushed = result.lastSeq;
    const early = this.early ?? [];
    this.early = undefined;
    this.page(result, first ? 'recent' : 'missed');
    for (const entry of early) this.push(entry);
  }

  /** An entry that the service pushed. */
  push(entry: EntryResponse): void {
    const { seq } = entry;
    if (this.early !== undefined) {
      if (this.early.length < this.limit) this.early.push(entry);
      this.notice(seq);
      return;
    }
    if (this.tail === null) return;
    if (seq <= this.tail || this.held.has(seq)) {
      this.counters.repeats++;
      return;
    }
    if (seq < this.pushed) this.counters.inversions++;
    else if (seq > this.pushed + 1) this.counters.gaps++;
    this.pushed = Math.max(this.pushed, seq);
    this.notice(seq);

    // A consumer that is slower than the conversation gets the rest from the log.
    if (!this.hasRoom) return;
    if (seq === this.tail + 1) {
      this.accept(entry, 'live');
      this.release();
    } else if (this.held.size < this.limit) {
      this.held.set(seq, entry);
    }
  }

  /**
   * Entries read from the log behind {@link last}.
   * @throws {CaasError} `unavailable` when they do not follow: better read again than deliver a hole.
   */
  page(page: Pick<EntryPage, 'items' | 'lastSeq'>, origin: Origin = 'missed'): void {
    this.notice(page.lastSeq);
    if (!this.hasRoom) return;
    for (const entry of page.items) {
      const tail = this.tail ?? 0;
      if (entry.seq <= tail) continue;
      if (entry.seq !== tail + 1) throw new CaasError('unavailable', `After seq ${tail} the log answered with ${entry.seq}.`);
      this.held.delete(entry.seq);
      this.accept(entry, origin);
    }
    this.release();
  }

  /** A seq exists: it was acknowledged, or told of. */
  notice(seq: number): void {
    this.known = Math.max(this.known, seq);
  }

  private release(): void {
    for (let next; (next = this.held.get((this.tail ?? 0) + 1)) !== undefined; ) {
      this.held.delete(next.seq);
      this.accept(next, 'live');
    }
  }

  private accept(entry: EntryResponse, origin: Origin): void {
    this.tail = entry.seq;
    this.ready.push({ entry, origin });
  }
}
