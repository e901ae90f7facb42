import { CaasError } from './errors.js';
import { Intake, type Origin, type WireCounters } from './intake.js';
import { EntryIterator } from './iterator.js';
import type { Joinable, Joiner } from './joiner.js';
import type { Link } from './link.js';
import { Sender } from './sender.js';
import type { Outbox } from './outbox.js';
import type { Marks } from './marks.js';
import { LogReader } from './reader.js';
import type { OneByOne } from './time.js';
import type { EntryResponse, JoinResult, TypingState } from './wire.js';

/** How long what was acknowledged may take to arrive by itself. Milliseconds. */
const echo = 1000;

/** Takes an entry. The next one is delivered when the promise that it returns, if any, has settled. */
export type EntryListener = (entry: EntryResponse, origin: Origin) => void | Promise<void>;

/** What a conversation needs of its connection. */
export interface Surroundings {
  readonly joiner: Joiner;
  readonly outbox: Outbox;
  readonly marks: Marks;
  readonly bufferedEntries: number;
  readonly holdMs: number;
  readonly backoff: (attempt: number) => number;
  readonly oneByOne: OneByOne;
  current(): Link | undefined;
  /** A listener of the application failed. */
  fault(error: unknown): void;
  /** Nobody needs it any more. */
  left(conversation: Conversation): void;
}

/**
 * One conversation as this user sees it: its entries in the order of the log, each once, without holes, through every reconnect.
 *
 * It is joined when the first consumer comes: {@link entries} or {@link listen}. All consumers see the same entries at the same time; one that is slow holds the others of this
 * conversation up, and the rest waits in the log.
 */
export class Conversation extends Sender implements Joinable {
  private readonly intake: Intake;
  private readonly reader: LogReader;
  private readonly consumers = new Set<EntryListener>();
  private readonly iterators = new Set<EntryIterator>();
  private readonly awaiting = new Set<{ seq: number; resolve: () => void; reject: (error: unknown) => void }>();
  private readonly gone = new AbortController();
  private readonly firstJoin: Promise<number>;
  private firstJoined!: { resolve: (lastSeq: number) => void; reject: (error: CaasError) => void };
  private delivered: number | null;
  private over: { error?: CaasError } | undefined;
  private joinedOn: Link | undefined;
  private typists: TypingState;
  private readonly typingListeners = new Set<(typing: TypingState) => void>();
  private wanted = false;
  private finished = false;
  private pumping = false;

  /** @internal */
  constructor(id: string, after: number | null, private readonly around: Surroundings) {
    super(id, around.outbox);
    this.delivered = after;
    this.typists = { conversationId: id, userIds: [], displayText: '' };
    this.firstJoin = new Promise((resolve, reject) => (this.firstJoined = { resolve, reject }));
    this.firstJoin.catch(() => undefined); // Whoever waits for it is told.
    this.intake = new Intake(around.bufferedEntries, after);
    this.reader = new LogReader(id, this.intake, {
      link: () => (this.live ? this.joinedOn : undefined),
      progressed: () => void this.pump(),
      refused: (error) => this.end({ error }),
      backoff: around.backoff,
      oneByOne: around.oneByOne,
      signal: this.gone.signal,
    });
  }

  /** The seq of the last entry that was handed to the consumers, or the one to start behind. Store it, and give it again as `after`: nothing is missed in between. Null before the first. */
  get lastSeq(): number | null {
    return this.delivered;
  }

  /** It is joined: what happens now is delivered live. */
  get live(): boolean {
    return this.joinedOn !== undefined && this.joinedOn === this.around.current();
  }

  /** What ended it, where something did: `not_a_member`, `removed`, `conversation_deleted`, … or what ended the connection. */
  get error(): CaasError | undefined {
    return this.over?.error;
  }

  /** What the wire did, since the beginning. */
  get counters(): Readonly<WireCounters> {
    return { ...this.intake.counters };
  }

  /**
   * The entries as a stream, for `for await`: an entry counts as handled when the next one is asked for. Ends when the conversation is left or the connection closed; throws the
   * {@link CaasError} that ended it otherwise.
   */
  entries(): AsyncIterableIterator<EntryResponse> {
    const iterator: EntryIterator = new EntryIterator(() => {
      stop();
      this.iterators.delete(iterator);
    });
    this.iterators.add(iterator);
    const stop = this.listen((entry) => iterator.offer(entry));
    if (this.over !== undefined) this.finish();
    return iterator;
  }

  /** Every entry from now on. @returns ends it; the conversation stays joined until it is left. */
  listen(listener: EntryListener): () => void {
    const own: EntryListener = (entry, origin) => listener(entry, origin);
    this.consumers.add(own);
    if (this.over === undefined && !this.wanted) {
      this.wanted = true;
      this.around.joiner.add(this);
    }
    void this.pump();
    return () => void this.consumers.delete(own);
  }

  /**
   * When it is joined for the first time and what was in the log then was handed to the consumers: what follows is live. Waits for a consumer.
   * @throws what ended the conversation.
   */
  async ready(): Promise<void> {
    await this.reached(await this.firstJoin);
  }

  /** When everything up to a seq was handed to the consumers: after a send, that one sees one's own message. @throws what ended the conversation, or the signal's reason. */
  reached(seq: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if ((this.delivered ?? 0) >= seq) return resolve();
      if (signal?.aborted) return reject(signal.reason);
      if (this.over !== undefined) return reject(this.over.error ?? closed(this.id));
      const onAbort = (): void => void (this.awaiting.delete(waiter) && reject(signal?.reason));
      const forget = (): void => signal?.removeEventListener('abort', onAbort);
      const waiter = {
        seq,
        resolve: () => (forget(), resolve()),
        reject: (error: unknown) => (forget(), reject(error)),
      };
      this.awaiting.add(waiter);
      signal?.addEventListener('abort', onAbort);
    });
  }

  /** The user has everything up to a seq. Sent as soon as it can be, of several the furthest, and again after a reconnect that may have lost it. @throws {CaasError} `validation_failed`. */
  markDelivered(seq: number): void {
    this.around.marks.add(this.id, seq, 0);
  }

  /** The user has read everything up to a seq, and so has it. As {@link markDelivered}. */
  markRead(seq: number): void {
    this.around.marks.add(this.id, seq, seq);
  }

  /** Takes no more entries; what waits to be sent is still sent. To come back, ask the connection for the conversation again. */
  async leave(): Promise<void> {
    const link = this.joinedOn;
    if (this.over === undefined) this.end({});
    if (link !== undefined && link === this.around.current()) await link.call('LeaveConversation', this.id).catch(() => undefined);
  }

  /** Who else is typing, as far as it was told on this connection: nobody, once that is lost. */
  get typing(): TypingState {
    return this.live ? this.typists : { conversationId: this.id, userIds: [], displayText: '' };
  }

  /** Whenever others type than before. @returns ends it. */
  onTyping(listener: (typing: TypingState) => void): () => void {
    const own = (typing: TypingState): void => listener(typing);
    this.typingListeners.add(own);
    return () => void this.typingListeners.delete(own);
  }

  /**
   * Tells the others that the user is typing. Call it again while it is so, with every key if that is easiest: the service drops what is too much, and lets it end after 5 s. Without a
   * connection nothing happens.
   * @throws {CaasError} when the user may not write here.
   */
  async startTyping(): Promise<void> {
    await this.say('StartTyping');
  }

  /** Tells the others that the user is no longer typing. Sending the message does so too. @throws as {@link startTyping}. */
  async stopTyping(): Promise<void> {
    await this.say('StopTyping');
  }

  /** Asks who else is typing now: for those who come later than it was told. @throws {CaasError} when the user may not read here. Without a connection nobody is. */
  async askTyping(): Promise<TypingState> {
    const link = this.around.current();
    if (link !== undefined) this.typists = await link.call('GetTyping', this.id);
    return this.typing;
  }

  /** @internal Others type than before. */
  typed(typing: TypingState): void {
    if (!this.watched) return;
    this.typists = typing;
    for (const listener of this.typingListeners) {
      try {
        listener(typing);
      } catch (fault) {
        this.around.fault(fault);
      }
    }
  }

  /** @internal Whether it has to be joined on a new link. */
  get watched(): boolean {
    return this.wanted && this.over === undefined;
  }

  /** @internal */
  joining(): number | null {
    this.intake.joining();
    return this.intake.last;
  }

  /** @internal */
  joined(result: JoinResult, link: Link): boolean {
    if (this.over !== undefined) {
      void link.call('LeaveConversation', this.id).catch(() => undefined); // It was left meanwhile.
      return true;
    }
    try {
      this.intake.joined(result);
    } catch {
      return false;
    }
    this.joinedOn = link;
    this.typists = { conversationId: this.id, userIds: [], displayText: '' };
    this.firstJoined.resolve(result.lastSeq);
    void this.pump();
    this.reader.request(0);
    return true;
  }

  /** @internal */
  refused(error: CaasError): void {
    this.end({ error });
  }

  /** @internal An entry that the service pushed. */
  push(entry: EntryResponse): void {
    if (!this.watched) return;
    this.intake.push(entry);
    void this.pump();
    this.reader.request(this.around.holdMs);
  }

  /** @internal For good. What is here already is still delivered, unless the application itself closed. */
  end(how: { error?: CaasError }): void {
    if (this.over !== undefined) return;
    this.over = how;
    this.gone.abort();
    this.firstJoined.reject(how.error ?? closed(this.id));
    this.around.joiner.remove(this);
    this.around.left(this);
    if (how.error === undefined || how.error.code === 'closed' || this.consumers.size === 0) this.finish();
    else void this.pump();
  }

  protected override acknowledged(seq: number): void {
    if (!this.watched) return;
    this.intake.notice(seq);
    this.reader.request(echo);
  }

  private async say(method: 'StartTyping' | 'StopTyping'): Promise<void> {
    try {
      if (this.live) await this.around.current()?.call(method, this.id);
    } catch (error) {
      if (error instanceof CaasError) throw error; // Of a lost connection nobody needs to hear: what is over is over.
    }
  }

  /** Hands over what waits in order. */
  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    while (this.consumers.size > 0 && !this.finished) {
      const wasFull = !this.intake.hasRoom;
      const next = this.intake.take();
      if (next === undefined) break;
      this.delivered = next.entry.seq;
      const handling: Promise<void>[] = [];
      for (const consumer of this.consumers) {
        try {
          const handled = consumer(next.entry, next.origin);
          if (handled !== undefined) handling.push(Promise.resolve(handled).catch((fault: unknown) => this.around.fault(fault)));
        } catch (fault) {
          this.around.fault(fault);
        }
      }
      this.reachedTo(this.delivered);
      if (wasFull) this.reader.request(0); // What did not fit.
      if (handling.length > 0) await Promise.all(handling);
    }
    this.pumping = false;
    if (this.over !== undefined && this.intake.waiting === 0) this.finish();
  }

  private finish(): void {
    this.finished = true;
    const error = this.over?.error;
    for (const waiter of this.awaiting) waiter.reject(error ?? closed(this.id));
    this.awaiting.clear();
    for (const iterator of this.iterators) iterator.end(error?.code === 'closed' ? undefined : error);
    this.iterators.clear();
  }

  private reachedTo(seq: number): void {
    for (const waiter of this.awaiting) {
      if (waiter.seq > seq) continue;
      this.awaiting.delete(waiter);
      waiter.resolve();
    }
  }
}

function closed(id: string): CaasError {
  return new CaasError('closed', `The conversation ${id} was left.`);
}
