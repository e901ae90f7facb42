// What is no entry of a log, as it goes over the wire: typing, receipts, presence, own views, notifications, and what the service says of the connection.

import type { Message, Timestamp } from './wire-log.js';

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

/** A notification of which something is gone: a message was deleted, or the conversation. `notification`: as it is now; null: it is gone. */
export interface NotificationWithdrawn {
  id: string;
  notification: NotificationResponse | null;
  unread: number;
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
