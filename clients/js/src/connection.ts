import { Calls } from './calls.js';
import { Conversation } from './conversation.js';
import { Emitter } from './emitter.js';
import { CaasError, LinkLost } from './errors.js';
import { Joiner } from './joiner.js';
import { Marks } from './marks.js';
import { settingsOf, type CaasOptions, type Settings } from './options.js';
import { Outbox } from './outbox.js';
import { Presences } from './presence.js';
import { Supervisor, type ConnectionState, type StateChange } from './supervisor.js';
import { oneByOne } from './time.js';
import type { ConversationUpdated, NotificationResponse, NotificationWithdrawn, PresenceState, Receipt, ReminderResponse, SetPresenceRequest, UnreadResponse } from './wire.js';

/** What a connection tells. */
export interface ConnectionEvents {
  state: StateChange;
  /** Something happened in a conversation of the user that is not joined here. At most once a second for each. */
  conversationUpdated: ConversationUpdated;
  /** A member of a joined conversation has, or has read, more than before. What came while there was no link is not told: read `GET …/receipts`. */
  receipt: Receipt;
  /** A reminder of the user's is due; perhaps told twice. What came while there was no link is not told: read `GET /v1/reminders`. */
  reminder: ReminderResponse;
  /** Something happened that the user does not watch; perhaps told twice. What came while there was no link is not told: read `GET /v1/notifications`. */
  notification: NotificationResponse;
  /** The user marked notifications as read, on whatever device: how many are left. */
  notificationsRead: number;
  /** What a notification was about was deleted: what is left of it, if anything, and how many are unread. */
  notificationWithdrawn: NotificationWithdrawn;
  /** A user whom it follows is there in another way than was told last. */
  presence: PresenceState;
  /** A listener of the application failed. Without anybody listening to this, it goes to the console. */
  fault: unknown;
}

/** Where a conversation starts. */
export interface ConversationOptions {
  /** The last seq that the application has: what follows it is delivered. 0: from the beginning. Absent or null: from now on, after the newest page. */
  after?: number | null;
}

/**
 * One user's connection: it comes back by itself, for ever, refreshes its token, and ends only when it is closed or when the service says what no reconnect can heal.
 *
 * ```ts
 * const caas = new CaasConnection({ gateway: 'https://chat.example.com', getToken });
 * await caas.connect();
 * const lobby = caas.conversation('lobby', { after: storedSeq });
 * for await (const entry of lobby.entries()) show(entry);
 * ```
 */
export class CaasConnection {
  /** Calls with other users. */
  readonly calls: Calls;

  private readonly settings: Settings;
  private readonly conversations = new Map<string, Conversation>();
  private readonly emitter: Emitter<ConnectionEvents> = new Emitter((fault) => this.fault(fault));
  private readonly supervisor: Supervisor;
  private readonly joiner: Joiner;
  private readonly outbox: Outbox;
  private readonly marks: Marks;
  private readonly presences: Presences;
  private readonly reads = oneByOne();
  private last: CaasError | undefined;
  private faulting = false;

  /** @throws {CaasError} `validation_failed`, naming the option. */
  constructor(options: CaasOptions) {
    this.settings = settingsOf(options);
    this.supervisor = new Supervisor(this.settings, {
      stateChanged: (change) => void this.emitter.emit('state', change),
      linked: (link) => (this.joiner.linked(link, this.watched), this.marks.linked(link), void this.presences.resume(link)),
      unlinked: () => (this.joiner.unlinked(), this.marks.unlinked()),
      ended: (error) => this.ended(error),
      entry: (entry) => this.conversations.get(entry.conversationId)?.push(entry),
      updated: (update) => void this.emitter.emit('conversationUpdated', update),
      presence: (presence) => this.presences.push(presence),
      typing: (typing) => this.conversations.get(typing.conversationId)?.typed(typing),
      receipt: (receipt) => void this.emitter.emit('receipt', receipt),
      reminder: (reminder) => void this.emitter.emit('reminder', reminder),
      call: (news) => this.calls.push(news),
      notification: (notification) => void this.emitter.emit('notification', notification),
      notificationsRead: (unread) => void this.emitter.emit('notificationsRead', unread),
      notificationWithdrawn: (withdrawn) => void this.emitter.emit('notificationWithdrawn', withdrawn),
      resync: () => this.watched.forEach((conversation) => this.joiner.add(conversation)), // A join reads what was not pushed, of a hundred with one call.
      evicted: (id, reason) => this.conversations.get(id)?.end({ error: new CaasError(reason, 'The user may no longer read this conversation.') }),
    });
    this.calls = new Calls(() => this.supervisor.linked(), (fault) => this.fault(fault));
    this.joiner = new Joiner(this.settings.backoff, this.supervisor.signal);
    this.marks = new Marks(this.settings.backoff, this.supervisor.signal);
    this.presences = new Presences(() => this.supervisor.linked(), (presence) => void this.emitter.emit('presence', presence), this.settings.backoff, this.supervisor.signal);
    this.outbox = new Outbox(this.supervisor, this.settings.waitingSends, this.settings.backoff);
  }

  get state(): ConnectionState {
    return this.supervisor.state;
  }

  /** What ended it. `closed` when the application did. */
  get error(): CaasError | undefined {
    return this.last;
  }

  /** Sends, edits, deletions, reactions and pins that are not acknowledged yet. */
  get waiting(): number {
    return this.outbox.size;
  }

  /** Begins to connect, and goes on for ever. @returns when it is connected (again). @throws {CaasError} when it has ended for good. */
  async connect(): Promise<void> {
    this.supervisor.start();
    await this.supervisor.linked();
  }

  /** @returns ends it. */
  on<K extends keyof ConnectionEvents>(event: K, listener: (value: ConnectionEvents[K]) => void): () => void {
    return this.emitter.on(event, listener);
  }

  /**
   * The conversation with this id, the same object as long as it is not left. It is joined when its first consumer comes; until then it can be sent to.
   * @param options apply when it is asked for the first time.
   */
  conversation(id: string, options: ConversationOptions = {}): Conversation {
    const known = this.conversations.get(id);
    if (known !== undefined) return known;
    const after = options.after ?? null;
    if (after !== null && !(Number.isSafeInteger(after) && after >= 0)) throw new CaasError('validation_failed', 'after must be a seq, 0 or above.');
    const conversation: Conversation = new Conversation(id, after, {
      joiner: this.joiner,
      outbox: this.outbox,
      marks: this.marks,
      bufferedEntries: this.settings.bufferedEntries,
      holdMs: this.settings.holdMs,
      backoff: this.settings.backoff,
      oneByOne: this.reads,
      current: () => this.supervisor.current,
      fault: (fault) => this.fault(fault),
      left: (conversation) => this.conversations.get(id) === conversation && this.conversations.delete(id),
    });
    if (this.last === undefined) this.conversations.set(id, conversation);
    else conversation.end({ error: this.last });
    return conversation;
  }

  /** The user's unread messages in all conversations. @throws {CaasError} `unavailable` when the link was lost: ask again. */
  async unread(): Promise<UnreadResponse> {
    const link = await this.supervisor.linked();
    try {
      return await link.call('GetUnread');
    } catch (error) {
      throw error instanceof LinkLost ? new CaasError('unavailable', 'The link was lost.', { cause: error }) : error;
    }
  }

  /**
   * What the user wants to be seen as. `away` is this device's alone: say it when the user is idle, and `online` (or what it was) when not; it is said again after a reconnect.
   * @throws {CaasError} `validation_failed`; `unavailable` when the link was lost: ask again; what ended the connection.
   */
  setPresence(presence: SetPresenceRequest): Promise<void> {
    return this.presences.set(presence);
  }

  /** Follows up to 200 users (2,000 in all) through every reconnect: the event `presence` tells what changes. @returns how they are now. @throws as {@link setPresence}. */
  followPresence(userIds: readonly string[]): Promise<PresenceState[]> {
    return this.presences.follow(userIds);
  }

  /** Follows them no more. @throws as {@link setPresence}. */
  unfollowPresence(userIds: readonly string[]): Promise<void> {
    return this.presences.unfollow(userIds);
  }

  /** How up to 200 users are there now. @throws as {@link setPresence}. */
  getPresence(userIds: readonly string[]): Promise<PresenceState[]> {
    return this.presences.get(userIds);
  }

  /** When all that waits to be sent now is acknowledged, refused or given up. */
  flush(): Promise<void> {
    return this.outbox.flushed();
  }

  /** Ends it for good. What is not acknowledged fails with `closed`, and says whether it may have been stored; call {@link flush} before to wait for it. */
  async close(): Promise<void> {
    const link = this.supervisor.current;
    this.supervisor.end(new CaasError('closed', 'The connection was closed.'));
    await link?.closed;
  }

  private get watched(): Conversation[] {
    return [...this.conversations.values()].filter((conversation) => conversation.watched);
  }

  private ended(error: CaasError): void {
    this.last = error;
    for (const conversation of [...this.conversations.values()]) conversation.end({ error });
  }

  private fault(fault: unknown): void {
    const told = !this.faulting; // A listener of faults that fails itself goes to the console.
    this.faulting = true;
    if (!told || !this.emitter.emit('fault', fault)) console.error('A listener failed:', fault);
    this.faulting = !told;
  }
}
