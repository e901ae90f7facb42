// Messages and entries, and what calls about them take and answer, as they go over the wire.

/** Whatever JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A point in time as RFC 3339, in UTC, such as `2026-01-31T12:00:00.123Z`. */
export type Timestamp = string;

/** What an entry tells. The list is open: move on over a type that you do not know. */
export type EntryType =
  | 'message.created' | 'message.edited' | 'message.deleted' | 'message.pinned' | 'message.unpinned' | 'message.previewed'
  | 'reaction.added' | 'reaction.removed' | 'poll.voted' | 'poll.closed'
  | 'member.added' | 'member.removed' | 'member.changed'
  | 'conversation.created' | 'conversation.changed' | 'conversation.deleted'
  | 'user.erased' | 'call.started' | 'call.ended'
  | 'hidden'
  | (string & Record<never, never>);

/** What a `user.erased` entry tells: wherever the id is kept of this conversation, the pseudonym takes its place. */
export interface ErasedUser {
  userId: string;
  pseudonym: string;
}

export interface Attachment {
  /** Of a file that was uploaded here: where to ask for it, see `getAttachment`. Either this or `attachmentId`. */
  url?: string | null;
  type?: string | null;
  name?: string | null;
  /** Bytes. */
  size?: number | null;
  custom?: Json;
  /** A file that was uploaded here. */
  attachmentId?: string | null;
  /** Pixels, of an image. */
  width?: number | null;
  height?: number | null;
}

/** Where to upload a file: one request, as it says. */
export interface AttachmentUpload {
  id: string;
  uploadUrl: string;
  method: string;
  headers: { [name: string]: string };
  expiresAt: Timestamp;
  url: string;
}

/** An uploaded file, and links to it that need no credentials and end at `linksExpireAt`. */
export interface AttachmentResponse {
  id: string;
  name: string;
  type: string;
  /** Bytes. */
  size: number;
  status: 'pending' | 'ready';
  /** Pixels, of an image. */
  width: number | null;
  height: number | null;
  uploadedBy: string | null;
  createdAt: Timestamp;
  url: string;
  downloadUrl: string | null;
  thumbnailUrl: string | null;
  linksExpireAt: Timestamp | null;
  upload: AttachmentUpload | null;
}

/** What a page that a text links to says of itself. Its image lies where the page says, not here. */
export interface LinkPreview {
  url: string;
  title: string | null;
  description: string | null;
  imageUrl: string | null;
  siteName: string | null;
}

export interface Reaction {
  count: number;
  /** The first 20. */
  userIds: string[];
}

export interface Message {
  id: string;
  conversationId: string;
  /** Its place in the conversation's log. */
  seq: number;
  /** Null: the tenant's backend, or the system. */
  senderId: string | null;
  text: string | null;
  attachments: Attachment[];
  /** The members whom the sender named or the text marks. */
  mentions: string[];
  /** The message that this one replies to; never itself a reply. */
  threadOf: string | null;
  replyCount: number;
  /** By emoji. */
  reactions: { [emoji: string]: Reaction };
  custom: Json;
  /** The seq of the last change that this state holds: a change entry whose seq is not above it has nothing new. */
  rev: number;
  createdAt: Timestamp;
  editedAt: Timestamp | null;
  deletedAt: Timestamp | null;
  pinnedAt: Timestamp | null;
  clientMessageId: string | null;
  /** Who replied; null: there are no replies. */
  thread?: ThreadSummary | null;
  /** The message that this one quotes, as that is now. */
  quote?: MessageQuote | null;
  /** The text says `@here`, and its sender may: everyone who is there now. */
  mentionsHere?: boolean;
  /** The text says `@channel`, and its sender may: everyone. */
  mentionsChannel?: boolean;
  poll?: PollResponse | null;
  /** What the pages say that the text links to; null: nothing, or nothing yet. */
  linkPreviews?: LinkPreview[] | null;
  /** Its sender was shadow-banned; told to the backend alone. */
  shadowed?: boolean;
}

/** Adds a poll to a message. */
export interface CreatePoll {
  /** 2 to 20, of up to 200 characters. Their ids are `1`, `2`, … */
  options: string[];
  /** Up to 300 characters. */
  question?: string | null;
  /** Several options may be chosen. */
  multiple?: boolean;
  /** Nobody is told who voted for what. */
  anonymous?: boolean;
  closesAt?: Timestamp | null;
}

/** A poll and its result as it is now. */
export interface PollResponse {
  question: string | null;
  options: PollOption[];
  multiple: boolean;
  anonymous: boolean;
  /** From then on no vote counts. */
  closesAt: Timestamp | null;
  /** When somebody closed it. */
  closedAt: Timestamp | null;
  voterCount: number;
}

export interface PollOption {
  id: string;
  text: string;
  votes: number;
  /** The first 20; of an anonymous poll none. */
  userIds: string[];
}

/** What a message shows of the one that it quotes. Of a deleted one nothing is left but its place. */
export interface MessageQuote {
  messageId: string;
  seq: number;
  senderId: string | null;
  /** The beginning: at most 200 characters, and an ellipsis where it goes on. */
  text: string | null;
  attachmentCount: number;
  createdAt: Timestamp;
  deletedAt: Timestamp | null;
  /** The quoted message's `rev`: the higher of two is the newer. */
  rev: number;
}

/** The replies to a message, without the deleted ones. */
export interface ThreadSummary {
  /** The first 20, in the order of their first replies. */
  participantIds: string[];
  participantCount: number;
  lastReplyAt: Timestamp;
}

/** An item of `GET /v1/search/messages`. */
export interface SearchResult {
  message: Message;
  /** Where the message's text has what was searched for: ascending, apart from each other, whole words; the first 50. */
  highlights: SearchHighlight[];
}

/** A stretch of a text, in UTF-16 code units: `text.slice(start, start + length)`. */
export interface SearchHighlight {
  start: number;
  length: number;
}

/** One entry of a conversation's log. */
export interface EntryResponse {
  conversationId: string;
  /** 1, 2, 3 … in its conversation, without holes. */
  seq: number;
  /** `hidden`: there is an entry, but not for this reader. */
  type: EntryType;
  actorId: string | null;
  at: Timestamp | null;
  clientMessageId: string | null;
  /** The message's current state, which may be newer than the entry. */
  message?: Message | null;
  data?: Json;
  /** Where the entry adds a reply or takes one away: the message that the thread hangs on, in its current state. Of the entries of one page, the last of each thread has it. */
  root?: Message | null;
  /** Whoever did it was shadow-banned; told to the backend alone. */
  shadowed?: boolean;
}

export interface EntryPage {
  items: EntryResponse[];
  /** The end of the log when it was read. */
  lastSeq: number;
  /** False: there is more behind the last item. */
  complete: boolean;
}

export interface JoinRequest {
  conversationId: string;
  /** 0: from the start; null: from now on, with the newest page. */
  afterSeq?: number | null;
}

export interface JoinResult {
  conversationId: string;
  lastSeq: number;
  items: EntryResponse[];
  complete: boolean;
  /** `code: detail` when this conversation was refused. */
  error?: string | null;
}

export interface HubSendMessageRequest {
  conversationId: string;
  /** Up to 10,000 characters. */
  text?: string | null;
  clientMessageId?: string | null;
  /** Up to 30. */
  attachments?: Attachment[] | null;
  /** Up to 50 user ids. */
  mentions?: string[] | null;
  threadOf?: string | null;
  /** Up to 8 KiB, nested at most 16 levels deep. */
  custom?: Json;
  /** The id of a message of the same conversation. */
  quoteOf?: string | null;
  poll?: CreatePoll | null;
}

/** Absent fields stay as they are, null clears. */
export interface HubEditMessageRequest {
  conversationId: string;
  messageId: string;
  text?: string | null;
  attachments?: Attachment[] | null;
  mentions?: string[] | null;
  custom?: Json;
  clientMessageId?: string | null;
}

export interface SendMessageResult {
  messageId: string;
  seq: number;
  createdAt: Timestamp;
  /** It had been stored before, under the same client message id. */
  duplicate: boolean;
}

export interface ChangeResult {
  seq: number;
}
