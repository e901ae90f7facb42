import type { EntryResponse, Message, MessageQuote } from './wire.js';

/** UTF-16 code units of a quote's text. */
const maxQuote = 200;

/** What a message that quotes this one shows of it. */
export function quoteOf(message: Message): MessageQuote {
  const { id, seq, senderId, attachments, createdAt, deletedAt, rev } = message;
  return { messageId: id, seq, senderId, text: excerpt(message.text), attachmentCount: attachments.length, createdAt, deletedAt, rev };
}

function excerpt(text: string | null): string | null {
  if (text === null || text.length <= maxQuote) return text;

  // Never half of a pair of surrogates.
  const last = text.charCodeAt(maxQuote - 1);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxQuote - 1 : maxQuote)}…`;
}

/**
 * The messages of one conversation as they are now, kept from its entries alone: what is read of the service at the same moment says the same. It begins with pages that were read, with entries, or
 * with both in any order.
 *
 * Every view of a message tells its `rev`, and the highest wins. An entry brings the message that it makes or changes, and, where it adds a reply or takes one away, the message that the thread hangs on.
 * What quotes a message follows it.
 */
export class ConversationMessages {
  readonly #byId = new Map<string, Message>();

  /** Ids of the messages that quote one, by its id. */
  readonly #quoting = new Map<string, Set<string>>();

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
    if (!message || (this.#byId.get(message.id)?.rev ?? 0) > message.rev) return;
    const { quote } = message;
    this.#byId.set(message.id, quote ? { ...message, quote: this.#newest(quote) } : message);
    if (quote) this.#quoting.set(quote.messageId, (this.#quoting.get(quote.messageId) ?? new Set()).add(message.id));
    for (const quoting of this.#quotesOf(message.id)) this.#byId.set(quoting.id, { ...quoting, quote: quoteOf(message) });
  }

  /** What is known of the quoted message may be newer than what the quoting one was read with. */
  #newest(quote: MessageQuote): MessageQuote {
    const quoted = this.#byId.get(quote.messageId);
    if (quoted && quoted.rev >= quote.rev) return quoteOf(quoted);
    return this.#quotesOf(quote.messageId).reduce((newest, { quote: other }) => (other.rev > newest.rev ? other : newest), quote);
  }

  /** The messages that quote one. A deleted message quotes nothing. */
  #quotesOf(messageId: string): (Message & { quote: MessageQuote })[] {
    return [...(this.#quoting.get(messageId) ?? [])].map((id) => this.#byId.get(id)).filter((one): one is Message & { quote: MessageQuote } => !!one?.quote);
  }
}
