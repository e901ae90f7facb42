import { CaasError, LinkLost } from './errors.js';
import type { Link } from './link.js';
import { pause } from './time.js';
import type { PresenceState, SetPresenceRequest } from './wire.js';

/** What the service takes at once. */
const mostAtOnce = 200;

/** Whom one connection follows, on every link that it has; told is only what differs from what was told last. */
export class Presences {
  private readonly followed = new Map<string, PresenceState>();
  private away = false;

  /**
   * @param linked the link, as soon as there is one.
   * @param tell somebody is there in another way than before.
   */
  constructor(
    private readonly linked: () => Promise<Link>,
    private readonly tell: (presence: PresenceState) => void,
    private readonly backoff: (attempt: number) => number,
    private readonly signal: AbortSignal,
  ) {}

  async set(presence: SetPresenceRequest): Promise<void> {
    await this.ask((link) => link.call('SetPresence', presence));
    this.away = presence.status === 'away';
  }

  async follow(userIds: readonly string[]): Promise<PresenceState[]> {
    const states = await this.ask((link) => link.call('SubscribePresence', [...userIds]));
    for (const state of states) this.followed.set(state.userId, state);
    return states;
  }

  async unfollow(userIds: readonly string[]): Promise<void> {
    for (const user of userIds) this.followed.delete(user);
    await this.ask((link) => link.call('UnsubscribePresence', [...userIds]));
  }

  async get(userIds: readonly string[]): Promise<PresenceState[]> {
    return this.ask((link) => link.call('GetPresence', [...userIds]));
  }

  /** The service told of somebody. */
  push(presence: PresenceState): void {
    const told = this.followed.get(presence.userId);
    if (told === undefined || (told.status === presence.status && told.text === presence.text)) return;
    this.followed.set(presence.userId, presence);
    this.tell(presence);
  }

  /** Says on a new link what the one before knew. */
  async resume(link: Link): Promise<void> {
    const users = [...this.followed.keys()];
    try {
      if (this.away) await link.call('SetPresence', { status: 'away' });
      for (let from = 0, attempt = 1; from < users.length && !this.signal.aborted; ) {
        try {
          (await link.call('SubscribePresence', users.slice(from, from + mostAtOnce))).forEach((state) => this.push(state));
          from += mostAtOnce;
        } catch (error) {
          if (!(error instanceof CaasError) || !error.temporary) throw error;
          await pause(error.retryAfterMs ?? this.backoff(attempt++), this.signal);
        }
      }
    } catch (error) {
      if (!(error instanceof CaasError || error instanceof LinkLost)) throw error; // The next link says it again.
    }
  }

  private async ask<T>(call: (link: Link) => Promise<T>): Promise<T> {
    const link = await this.linked();
    try {
      return await call(link);
    } catch (error) {
      throw error instanceof LinkLost ? new CaasError('unavailable', 'The link was lost.', { cause: error }) : error;
    }
  }
}
