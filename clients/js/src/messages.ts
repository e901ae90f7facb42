import type { EntryResponse, ErasedUser, Message, MessageQuote } from './wire.js';

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

/** A message without the id of a user who was erased: the pseudonym takes its place. */
export function forget(message: Message, { userId, pseudonym }: ErasedUser): Message {
  const one = <T extends string | null>(id: T) => (id === userId ? pseudonym : id) as T;
  const all = (ids: string[]) => ids.map(one);
  // An @ that stands behind no character of ids, the id, and nothing more of ids than what also ends sentences.
  const marked = new RegExp(`(?<![\\p{L}\\p{Nd}_.@:-])@${userId.replace(/[.-]/g, '\\$&')}(?=[.:@_-]*(?:[^A-Za-z0-9_.@:-]|$))`, 'gu');
  const text = (said: string | null) => said?.replace(marked, `@${pseudonym}`) ?? null;
  const { senderId, mentions, reactions, thread, poll, quote } = message;
  const forgotten = { ...message, senderId: one(senderId) };
  if (senderId === userId) forgotten.clientMessageId = `$erased:${message.seq}`;
  if (mentions?.includes(userId)) Object.assign(forgotten, { text: text(message.text), mentions: all(mentions) });
  if (reactions) forgotten.reactions = Object.fromEntries(Object.entries(reactions).map(([emoji, summary]) => [emoji, { ...summary, userIds: all(summary.userIds) }]));
  if (thread) forgotten.thread = { ...thread, participantIds: all(thread.participantIds) };
  if (poll) forgotten.poll = { ...poll, options: poll.options.map((option) => ({ ...option, userIds: all(option.userIds) })) };
  if (quote) forgotten.quote = { ...quote, senderId: one(quote.senderId), text: text(quote.text) };
  return forgotten;
}

/**
 * The messages of one conversation as they are now, kept from its entries alone: what is read of the service at the same moment says the same. It begins with pages that were read, with entries, or
 * with both in any order.
 *
 * Every view of a message tells its `rev`, and the highest wins. An entry brings the message that it makes or changes, and, where it adds a reply or takes one away, the message that the thread hangs on.
 * What quotes a message follows it. Of a user who was erased the pseudonym is left.
 */
export class ConversationMessages {
  readonly #byId = new Map<string, Message>();

  /** Ids of the messages that quote one, by its id. */
  readonly #quoting = new Map<string, Set<string>>();

  /** Those who were erased: an older page that is read later may still name them. */
  readonly #erased: ErasedUser[] = [];

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
    if (entry.type === 'user.erased' && entry.data) this.#forget(entry.data as unknown as ErasedUser);
    this.#take(entry.message);
    this.#take(entry.root);
  }

  /** Takes messages that were read. */
  load(messages: Iterable<Message>): void {
    for (const message of messages) this.#take(message);
  }

  #forget(erased: ErasedUser): void {
    this.#erased.push(erased);
    for (const [id, message] of this.#byId) this.#byId.set(id, forget(message, erased));
  }

  #take(taken: Message | null | undefined): void {
    if (!taken || (this.#byId.get(taken.id)?.rev ?? 0) > taken.rev) return;
    const message = this.#erased.reduce(forget, taken);
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
