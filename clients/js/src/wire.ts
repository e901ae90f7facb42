// What goes over the wire, as docs/api/realtime.v1.json says; test/contract.test.mjs compares the two, field by field.

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

/** Something happened in a conversation that this connection does not watch. At most once a second for each. */
export interface ConversationUpdated {
  conversationId: string;
  lastSeq: number;
  unread: number;
  lastMessage: Message | null;
  /** The user as a member. */
  me: OwnMember;
}

export type MemberRole = 'owner' | 'moderator' | 'member' | 'reader';

/** The user as a member: how far it has come, and how it sees the conversation. */
export interface OwnMember {
  userId: string;
  role: MemberRole;
  joinedAt: Timestamp;
  deliveredSeq: number;
  readSeq: number;
  muted: boolean;
  /** Not in the list until the next message. */
  hidden: boolean;
  archived: boolean;
  pinned: boolean;
  markedUnread: boolean;
}

/** Who else is typing in a conversation. */
export interface TypingState {
  conversationId: string;
  /** In the order in which they began. */
  userIds: string[];
  /** Such as `Alice and Bob are typing…`; empty when nobody is. */
  displayText: string;
}

/** A member of a watched conversation has come further. */
export interface Receipt {
  conversationId: string;
  userId: string;
  /** The member has everything up to this seq. Null: it does not tell. */
  deliveredSeq: number | null;
  /** The member has read everything up to this seq. Null: it does not tell. */
  readSeq: number | null;
}

/** The user's unread messages in all conversations. */
export interface UnreadResponse {
  total: number;
  /** By conversation id; those that have any. */
  conversations: { [conversationId: string]: number };
  /** Conversations that the user has marked as unread. */
  markedUnread: string[];
}

/** `invisible` only of oneself: for others that is `offline`. */
export type PresenceStatus = 'online' | 'away' | 'busy' | 'invisible' | 'offline';

/** What a user wants to be seen as. */
export interface SetPresenceRequest {
  /** `away` is this device's alone: another one that is in use counts more. */
  status: PresenceStatus;
  /** Up to 200 characters. */
  text?: string | null;
  /** Null: it does not end by itself. */
  expiresAt?: Timestamp | null;
}

/** How somebody is there. */
export interface PresenceState {
  userId: string;
  status: PresenceStatus;
  text: string | null;
  /** When the user was last to be seen; null while that is so, and of one who never was. */
  lastSeenAt: Timestamp | null;
}

/** A reminder of the user's own. It stays until it is dismissed. */
export interface ReminderResponse {
  id: string;
  remindAt: Timestamp;
  text: string | null;
  conversationId: string | null;
  messageId: string | null;
  due: boolean;
  createdAt: Timestamp;
}

export type CallMedia = 'audio' | 'video';

/** `reconnecting`: the connection was lost, and may come back for 20 s. */
export type CallParticipantState = 'ringing' | 'joined' | 'reconnecting' | 'left' | 'declined' | 'busy' | 'missed' | 'removed';

/** How a call came to its end; `lost`: the connection to those who were in it was, or what the platform knew of it. */
export type CallOutcome = 'completed' | 'declined' | 'busy' | 'missed' | 'cancelled' | 'lost';

/** With one user, in their direct conversation; or in a conversation. */
export interface StartCallRequest {
  /** Whom to ring. One, without a conversation: a direct call. Of a conversation: some of its members; absent: all, where they are at most 32, otherwise nobody. */
  userIds?: string[] | null;
  conversationId?: string | null;
  media?: CallMedia;
}

/** What a participant sends now. */
export interface CallMediaState {
  audio: boolean;
  video: boolean;
}

/** A call as it is now. */
export interface LiveCall {
  callId: string;
  conversationId: string;
  media: CallMedia;
  startedBy: string;
  startedAt: Timestamp;
  answeredAt: Timestamp | null;
  participants: CallParticipant[];
}

export interface CallParticipant {
  userId: string;
  state: CallParticipantState;
  audio: boolean;
  video: boolean;
}

/** Somebody calls. */
export interface CallRinging {
  callId: string;
  conversationId: string;
  fromUserId: string;
  media: CallMedia;
}

/** Somebody has answered, or joined. Of oneself, on a device that did not: another one has the call now. */
export interface CallAccepted {
  callId: string;
  userId: string;
}

export interface CallDeclined {
  callId: string;
  userId: string;
  /** `declined`, `busy` or `missed`. */
  reason: string;
}

export interface CallParticipantChanged {
  callId: string;
  userId: string;
  state: CallParticipantState;
  audio: boolean;
  video: boolean;
}

export interface CallEnded {
  callId: string;
  reason: CallOutcome;
  /** From the first answer on; 0: nobody answered. */
  durationSeconds: number;
}

export type SignalKind = 'offer' | 'answer' | 'candidate';

/** What one device says to another to connect the two. */
export interface CallSignalRequest {
  kind: SignalKind;
  /** Up to 64 KiB as JSON. */
  payload: Json;
}

export interface CallSignal {
  callId: string;
  fromUserId: string;
  kind: SignalKind;
  payload: Json;
}

/** What a device measures of a call. */
export interface CallQualityReport {
  /** Round trip. */
  latencyMs: number;
  packetLossPercent: number;
  jitterMs: number;
  /** What is received. */
  bitrateKbps: number;
  /** Pictures a second. */
  frameRate?: number | null;
  /** Such as `1280x720`. */
  resolution?: string | null;
}

/** Something that happened while its user did not look. What happens in one conversation before it is read is one notification, which grows. */
export interface NotificationResponse {
  /** Of the type in its conversation. */
  id: string;
  type: 'messages' | 'mentions' | 'calls' | 'system';
  kind: 'message' | 'mention' | 'call' | 'missedCall' | 'added';
  priority: 'low' | 'normal' | 'high' | 'urgent';
  conversationId: string;
  messageId: string | null;
  seq: number;
  actorId: string | null;
  count: number;
  title: string;
  body: string;
  createdAt: Timestamp;
  updatedAt: Timestamp;
  readAt: Timestamp | null;
}

/** How many notifications are unread. */
export interface UnreadNotificationsResponse {
  unread: number;
}

/** The servers that help two devices to find a way to each other. */
export interface IceServersResponse {
  iceServers: IceServer[];
  /** When the credentials end; null: there are none. */
  expiresAt?: Timestamp | null;
}

/** As `RTCPeerConnection` takes it. */
export interface IceServer {
  urls: string[];
  username?: string | null;
  credential?: string | null;
}

export interface Draining {
  reconnectWithinMs: number;
}

export interface Evicted {
  /** Null: the whole connection. */
  conversationId: string | null;
  reason: string;
}

export interface Resync {
  reason: string;
}
