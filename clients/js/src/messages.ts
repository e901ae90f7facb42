import type { EntryResponse, Message } from './wire.js';

/**
 * The messages of one conversation as they are now, kept from its entries alone: what is read of the service at the same moment says the same. It begins with pages that were read, with entries, or
 * with both in any order.
 *
 * Every view of a message tells its `rev`, and the highest wins. An entry brings the message that it makes or changes, and, where it adds a reply or takes one away, the message that the thread hangs on.
 */
export class ConversationMessages {
  readonly #byId = new Map<string, Message>();

  /** All that are known, oldest first. */
  get all(): Message[] {
    return [...this.#byId.values()].sort((one, other) => one.seq - other.seq);
  }

  /** One by its id. */
  find(messageId: string): Message | undefined {
    return this.#byId.get(messageId);
  }

  /** Takes what an entry tells. */
  apply(entry: EntryResponse): void {
    this.#take(entry.message);
    this.#take(entry.root);
  }

  /** Takes messages that were read. */
  load(messages: Iterable<Message>): void {
    for (const message of messages) this.#take(message);
  }

  #take(message: Message | null | undefined): void {
    if (message && (this.#byId.get(message.id)?.rev ?? 0) <= message.rev) this.#byId.set(message.id, message);
  }
}
