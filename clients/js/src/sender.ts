import { CaasError } from './errors.js';
import type { Outbox, SendOptions } from './outbox.js';
import type { ChangeResult, HubEditMessageRequest, HubSendMessageRequest, SendMessageResult } from './wire.js';

/** What is sent. Without a client message id it gets one. */
export type OutgoingMessage = Omit<HubSendMessageRequest, 'conversationId'>;

/** What is changed about a message: absent fields stay, null clears. */
export type MessageEdit = Omit<HubEditMessageRequest, 'conversationId' | 'messageId'>;

/** The most bytes that the service takes at once, but for a little that is around each call. */
const mostBytes = 256 * 1024 - 1024;

/**
 * The changing side of a conversation. Calls of one conversation are carried out in the order in which they were made. A promise settles when the service has stored the change or
 * refused it; until then the call is made again, through every reconnect, with the same client message id: nothing is lost and nothing is doubled.
 */
export abstract class Sender {
  constructor(
    /** The conversation's id. */
    readonly id: string,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Sends a message.
   * @throws {CaasError} what it was refused with; what ended the connection; `too_many_waiting`. It carries the client message id.
   */
  async send(message: OutgoingMessage | string, options: SendOptions = {}): Promise<SendMessageResult> {
    const content = typeof message === 'string' ? { text: message } : message;
    const clientMessageId = content.clientMessageId ?? newId();
    const request = sealed({ ...content, conversationId: this.id, clientMessageId });
    const sent = await this.outbox.add(this.id, (link) => link.call('SendMessage', request), { ...options, clientMessageId });
    this.acknowledged(sent.seq);
    return sent;
  }

  /** Edits one's own message. @throws as {@link send}. */
  async edit(messageId: string, change: MessageEdit, options: SendOptions = {}): Promise<ChangeResult> {
    const clientMessageId = change.clientMessageId ?? newId();
    const request = sealed({ ...change, conversationId: this.id, messageId, clientMessageId });
    return this.changed(this.outbox.add(this.id, (link) => link.call('EditMessage', request), { ...options, clientMessageId }));
  }

  /** Deletes a message for everyone. Repeating it changes nothing. @throws as {@link send}. */
  async delete(messageId: string, options: SendOptions = {}): Promise<ChangeResult> {
    return this.changed(this.outbox.add(this.id, (link) => link.call('DeleteMessage', this.id, messageId), options));
  }

  /** Reacts to a message. Repeating it changes nothing. @throws as {@link send}. */
  async react(messageId: string, emoji: string, options: SendOptions = {}): Promise<ChangeResult> {
    return this.changed(this.outbox.add(this.id, (link) => link.call('AddReaction', this.id, messageId, emoji), options));
  }

  /** Takes one's reaction back. Repeating it changes nothing. @throws as {@link send}. */
  async unreact(messageId: string, emoji: string, options: SendOptions = {}): Promise<ChangeResult> {
    return this.changed(this.outbox.add(this.id, (link) => link.call('RemoveReaction', this.id, messageId, emoji), options));
  }

  /** Pins a message; owners and moderators, in a direct conversation both. Repeating it changes nothing. @throws as {@link send}. */
  async pin(messageId: string, options: SendOptions = {}): Promise<ChangeResult> {
    return this.changed(this.outbox.add(this.id, (link) => link.call('PinMessage', this.id, messageId), options));
  }

  /** Takes a pin away. Repeating it changes nothing. @throws as {@link send}. */
  async unpin(messageId: string, options: SendOptions = {}): Promise<ChangeResult> {
    return this.changed(this.outbox.add(this.id, (link) => link.call('UnpinMessage', this.id, messageId), options));
  }

  /** Votes in a poll, in place of an earlier vote; no option takes the vote back. Repeating it changes nothing. @throws as {@link send}. */
  async votePoll(messageId: string, optionIds: readonly string[], options: SendOptions = {}): Promise<ChangeResult> {
    return this.changed(this.outbox.add(this.id, (link) => link.call('VotePoll', this.id, messageId, [...optionIds]), options));
  }

  /** Closes a poll: its author and moderators. Closing it again changes nothing. @throws as {@link send}. */
  async closePoll(messageId: string, options: SendOptions = {}): Promise<ChangeResult> {
    return this.changed(this.outbox.add(this.id, (link) => link.call('ClosePoll', this.id, messageId), options));
  }

  /** Everything up to here stands in the log. */
  protected abstract acknowledged(seq: number): void;

  private async changed(change: Promise<ChangeResult>): Promise<ChangeResult> {
    const result = await change;
    this.acknowledged(result.seq);
    return result;
  }
}

/** A copy that the application cannot change any more: sent again, it must be the same. @throws {CaasError} `too_large`: sending it would only end the connection. */
function sealed<T extends { clientMessageId: string }>(request: T): T {
  const text = JSON.stringify(request);
  if (new TextEncoder().encode(text).length > mostBytes) {
    throw new CaasError('too_large', 'A message may have 256 KiB.', { clientMessageId: request.clientMessageId });
  }
  return JSON.parse(text) as T;
}

/** A random UUID, also on pages that came over plain HTTP: browsers keep `randomUUID` from those. */
function newId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
