import { CaasError, LinkLost, reasonOf } from './errors.js';
import { Link } from './link.js';
import type { Settings } from './options.js';
import { pause, refreshAfter } from './time.js';
import type { CallNews } from './calls.js';
import type { ConversationUpdated, EntryResponse, Evicted, NotificationResponse, NotificationWithdrawn, PresenceState, Receipt, ReminderResponse, Resync, TypingState } from './wire.js';

/** `idle` before `connect`; `ended` is for good. */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'ended';

/** What the state has become. */
export interface StateChange {
  readonly state: ConnectionState;
  readonly previous: ConnectionState;
  /** Of `ended`: why. Of `connecting` and `reconnecting`: what went wrong last, where something did. */
  readonly error?: Error;
  /** Of `connecting` and `reconnecting`: milliseconds until the next attempt. */
  readonly retryInMs?: number;
}

/** What the supervisor tells those who depend on it. */
export interface Supervised {
  stateChanged(change: StateChange): void;
  linked(link: Link): void;
  unlinked(): void;
  ended(error: CaasError): void;
  entry(entry: EntryResponse): void;
  updated(update: ConversationUpdated): void;
  typing(typing: TypingState): void;
  receipt(receipt: Receipt): void;
  reminder(reminder: ReminderResponse): void;
  call(news: CallNews): void;
  notification(notification: NotificationResponse): void;
  notificationsRead(unread: number): void;
  notificationWithdrawn(withdrawn: NotificationWithdrawn): void;
  presence(presence: PresenceState): void;
  resync(resync: Resync): void;
  /** The user lost one conversation. */
  evicted(conversationId: string, reason: string): void;
}

/** A link that lived this long proves that connecting works: the next attempt is the first one again. Milliseconds. */
const proven = 5000;

/** Nothing that the client does by itself heals these: the connection ends. Whatever else a newer service may say is tried again. */
const final = new Set<string>(['token_revoked', 'user_deactivated', 'banned', 'tenant_deleted', 'tenant_not_found', 'user_not_found', 'not_allowed', 'not_a_replica']);

/** So often in a row may a token be refused where another one may be taken: a clock that is wrong, or a cache in the application, does not heal. */
const mostRefused = 3;

/** Calls that run when a replica goes have this long to be answered. Milliseconds. */
const farewell = 1000;

/** Keeps one link open, for ever: reconnects, refreshes the token, leaves a replica that goes, and ends for good on what no reconnect can heal. */
export class Supervisor {
  state: ConnectionState = 'idle';

  private link: Link | undefined;
  private token = '';
  private refused = 0;
  private healed = false;
  private error: CaasError | undefined;
  private hurry = new AbortController();
  private readonly over = new AbortController();
  private readonly waiters = new Set<{ resolve: (link: Link) => void; reject: (error: CaasError) => void }>();

  constructor(private readonly settings: Settings, private readonly tell: Supervised) {}

  /** Aborts when the connection has ended for good. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** The link, where there is one that takes calls. */
  get current(): Link | undefined {
    return this.link?.alive ? this.link : undefined;
  }

  /** The link, as soon as there is one. @throws {CaasError} once the connection has ended. */
  async linked(): Promise<Link> {
    if (this.error !== undefined) throw this.error;
    return this.current ?? new Promise((resolve, reject) => this.waiters.add({ resolve, reject }));
  }

  start(): void {
    if (this.state !== 'idle') return;
    this.change('connecting');
    const target: Partial<EventTarget> = globalThis;
    target.addEventListener?.('online', () => this.hurry.abort(), { signal: this.over.signal });
    void this.run();
  }

  /** Ends for good. The first reason stands. */
  end(error: CaasError): void {
    if (this.error !== undefined) return;
    this.error = error;
    const link = this.link;
    this.unlink();
    void link?.close();
    this.over.abort();
    for (const waiter of this.waiters) waiter.reject(error);
    this.waiters.clear();
    this.change('ended', { error });
    this.tell.ended(error);
  }

  private async run(): Promise<void> {
    for (let attempt = 0; ; ) {
      let why: Error | undefined;
      try {
        const link = await this.open();
        if (this.signal.aborted) return void link.close();
        const since = Date.now();
        this.linkUp(link);
        why = await link.closed;
        if (this.link === link) this.unlink();
        if (Date.now() - since >= proven) attempt = 0;
      } catch (error) {
        why = this.judge(error);
      }
      if (this.error !== undefined) return;

      // Whoever leaves a replica that goes has waited its turn already.
      const retryInMs = this.healed ? 0 : this.settings.backoff(attempt++);
      this.healed = false;
      this.change(this.state === 'connecting' ? 'connecting' : 'reconnecting', { ...(why && { error: why }), retryInMs });
      this.hurry = new AbortController();
      await pause(retryInMs, AbortSignal.any([this.hurry.signal, this.signal]));
      if (this.signal.aborted) return;
    }
  }

  private async open(): Promise<Link> {
    this.token = await this.fetchToken();
    return Link.open({
      url: this.settings.url,
      redirects: this.settings.redirects,
      token: () => this.token,
      connectTimeoutMs: this.settings.connectTimeoutMs,
      callTimeoutMs: this.settings.callTimeoutMs,
      signal: this.signal,
      on: {
        Entry: (entry) => this.tell.entry(entry),
        ConversationUpdated: (update) => this.tell.updated(update),
        Presence: (presence) => this.tell.presence(presence),
        Typing: (typing) => this.tell.typing(typing),
        Receipt: (receipt) => this.tell.receipt(receipt),
        Reminder: (reminder) => this.tell.reminder(reminder),
        CallRinging: (value) => this.tell.call({ event: 'ringing', value }),
        CallAccepted: (value) => this.tell.call({ event: 'accepted', value }),
        CallDeclined: (value) => this.tell.call({ event: 'declined', value }),
        CallParticipantChanged: (value) => this.tell.call({ event: 'changed', value }),
        CallEnded: (value) => this.tell.call({ event: 'ended', value }),
        CallSignal: (value) => this.tell.call({ event: 'signal', value }),
        Notification: (notification) => this.tell.notification(notification),
        NotificationsRead: ({ unread }) => this.tell.notificationsRead(unread),
        NotificationWithdrawn: (withdrawn) => this.tell.notificationWithdrawn(withdrawn),
        Resync: (resync) => this.tell.resync(resync),
        Draining: ({ reconnectWithinMs }) => void this.leave(reconnectWithinMs),
        Evicted: (evicted) => this.evicted(evicted),
      },
    });
  }

  /** A token, within the time that connecting may take. */
  private async fetchToken(): Promise<string> {
    const done = new AbortController();
    const { connectTimeoutMs, getToken } = this.settings;
    const late = pause(connectTimeoutMs, AbortSignal.any([done.signal, this.signal])).then(() => Promise.reject(new LinkLost(`getToken did not answer within ${connectTimeoutMs} ms.`)));
    try {
      return await Promise.race([getToken(), late]);
    } catch (error) {
      if (error instanceof CaasError && !error.temporary) this.end(error); // The application gives up.
      throw error instanceof CaasError || error instanceof LinkLost ? error : new LinkLost(error, `getToken failed: ${reasonOf(error)}`);
    } finally {
      done.abort();
    }
  }

  private linkUp(link: Link): void {
    this.link = link;
    this.refused = 0;
    this.change('connected');
    for (const waiter of this.waiters) waiter.resolve(link);
    this.waiters.clear();
    this.tell.linked(link);
    void this.refresh(link);
  }

  private unlink(): void {
    if (this.link === undefined) return;
    this.link = undefined;
    this.tell.unlinked();
  }

  /** What can be tried again comes back; what cannot ends the connection. */
  private judge(error: unknown): Error {
    if (error instanceof CaasError && (final.has(error.code) || (error.wantsToken && ++this.refused >= mostRefused))) this.end(error);
    return error instanceof Error ? error : new LinkLost(error);
  }

  /** Hands a fresh token over before the last one ends. */
  private async refresh(link: Link): Promise<void> {
    const gone = new AbortController();
    void link.closed.then(() => gone.abort());
    for (let failed = 0; ; ) {
      const wait = failed > 0 ? this.settings.backoff(failed) : refreshAfter(this.token, Date.now());
      if (wait === undefined) return;
      await pause(wait, gone.signal);
      if (gone.signal.aborted || this.link !== link) return;
      try {
        const token = await this.fetchToken();
        await link.call('Authenticate', token);
        this.token = token;
        [failed, this.refused] = [0, 0];
      } catch (error) {
        if (!link.alive) return; // The next link asks for a token of its own.
        failed++;
        this.judge(error);
      }
    }
  }

  /** The replica goes: leaves it at some time within the one it gave, with all calls answered. */
  private async leave(withinMs: number): Promise<void> {
    const link = this.link;
    if (link === undefined) return;
    this.healed = true;
    const gone = new AbortController();
    void link.closed.then(() => gone.abort());
    await pause(Math.random() * withinMs, AbortSignal.any([gone.signal, this.signal]));
    if (this.link !== link) return;
    this.unlink();
    this.change('reconnecting');
    await link.retire(farewell);
  }

  private evicted({ conversationId, reason }: Evicted): void {
    if (conversationId !== null) this.tell.evicted(conversationId, reason);
    else if (final.has(reason)) this.end(new CaasError(reason, 'The service ended the connection for good.'));
    else if (reason === 'token_expired' && ++this.refused >= mostRefused) this.end(new CaasError(reason, 'Tokens end before they can be replaced.'));
    else void this.link?.close();
  }

  private change(state: ConnectionState, more: { error?: Error; retryInMs?: number } = {}): void {
    const previous = this.state;
    this.state = state;
    this.tell.stateChanged({ state, previous, ...more });
  }
}

