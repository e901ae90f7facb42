// Written by scripts/operations.mjs from docs/api/openapi.v1.json: change that, and run it again.

/** What users may call. */
export interface Operations {
  /** Ask whether the API answers */
  'GET /v1/ping': {
    answer: PingResponse;
  };
  /** List channels that one may join, latest activity first */
  'GET /v1/channels': {
    query?: { query?: string; limit?: number; cursor?: string };
    answer: PageOfChannelResponse;
  };
  /** The caller's unread messages */
  'GET /v1/unread': {
    answer: UnreadResponse;
  };
  /** Mute, hide, archive, pin, or mark as unread */
  'PATCH /v1/conversations/{conversationId}/me': {
    path: { conversationId: string };
    body: UpdateOwnViewRequest;
    answer: OwnMemberResponse;
  };
  /** Read the log */
  'GET /v1/conversations/{conversationId}/entries': {
    path: { conversationId: string };
    query?: { after?: number; limit?: number };
    answer: EntryPage;
  };
  /** Get STUN and TURN servers */
  'GET /v1/ice-servers': {
    answer: IceServersResponse;
  };
  /** Get a user */
  'GET /v1/users/{userId}': {
    path: { userId: string };
    answer: UserResponse;
  };
  /** Change a user */
  'PATCH /v1/users/{userId}': {
    path: { userId: string };
    body: UpdateUserRequest;
    answer: UserResponse;
  };
  /** List users */
  'GET /v1/users': {
    query?: { query?: string; limit?: number; cursor?: string };
    answer: PageOfUserResponse;
  };
  /** Get what you let others know */
  'GET /v1/privacy': {
    answer: PrivacyResponse;
  };
  /** Choose what you let others know */
  'PUT /v1/privacy': {
    body: PutPrivacyRequest;
    answer: PrivacyResponse;
  };
  /** Get how you are notified */
  'GET /v1/notification-preferences': {
    answer: NotificationPreferencesResponse;
  };
  /** Choose how you are notified */
  'PUT /v1/notification-preferences': {
    body: PutNotificationPreferencesRequest;
    answer: NotificationPreferencesResponse;
  };
  /** Register a device for pushes */
  'PUT /v1/devices/{deviceId}': {
    path: { deviceId: string };
    body: PutDeviceRequest;
    answer: DeviceResponse;
  };
  /** Forget a device */
  'DELETE /v1/devices/{deviceId}': {
    path: { deviceId: string };
    answer: void;
  };
  /** List your devices */
  'GET /v1/devices': {
    answer: PageOfDeviceResponse;
  };
  /** Get what browsers subscribe with */
  'GET /v1/push/vapid-key': {
    answer: VapidKeyResponse;
  };
  /** List your notifications */
  'GET /v1/notifications': {
    query?: { unread?: boolean; limit?: number; cursor?: string };
    answer: NotificationPage;
  };
  /** Mark notifications as read */
  'POST /v1/notifications/read': {
    header?: { 'Idempotency-Key'?: string };
    body: ReadNotificationsRequest;
    answer: UnreadNotificationsResponse;
  };
  /** List whom you block */
  'GET /v1/blocks': {
    query?: { limit?: number; cursor?: string };
    answer: PageOfBlockResponse;
  };
  /** Block somebody */
  'PUT /v1/blocks/{userId}': {
    path: { userId: string };
    answer: BlockResponse;
  };
  /** Block somebody no longer */
  'DELETE /v1/blocks/{userId}': {
    path: { userId: string };
    answer: void;
  };
  /** Flag a message for those who moderate */
  'POST /v1/conversations/{conversationId}/messages/{messageId}/flags': {
    path: { conversationId: string; messageId: string };
    header?: { 'Idempotency-Key'?: string };
    body: FlagMessageRequest;
    answer: FlaggedResponse;
  };
  /** See who is there */
  'GET /v1/presence': {
    query?: { userIds?: string[] };
    answer: PageOfPresenceState;
  };
  /** Choose what to be seen as */
  'PUT /v1/presence': {
    body: SetPresenceRequest;
    answer: PresenceState;
  };
  /** Revoke a token, or a user's tokens */
  'POST /v1/tokens/revoke': {
    header?: { 'Idempotency-Key'?: string };
    body: RevokeTokensRequest;
    answer: void;
  };
  /** Revoke the caller's own token */
  'POST /v1/logout': {
    header?: { 'Idempotency-Key'?: string };
    answer: void;
  };
  /** List the caller's conversations, latest activity first */
  'GET /v1/conversations': {
    query?: { archived?: boolean; hidden?: boolean; pinned?: boolean; limit?: number; cursor?: string };
    answer: PageOfConversationResponse;
  };
  /** Create a conversation */
  'POST /v1/conversations': {
    header?: { 'Idempotency-Key'?: string };
    body: CreateConversationRequest;
    answer: ConversationResponse;
  };
  /** Get a conversation */
  'GET /v1/conversations/{conversationId}': {
    path: { conversationId: string };
    answer: ConversationResponse;
  };
  /** Change a conversation */
  'PATCH /v1/conversations/{conversationId}': {
    path: { conversationId: string };
    body: UpdateConversationRequest;
    answer: ConversationResponse;
  };
  /** Delete a conversation */
  'DELETE /v1/conversations/{conversationId}': {
    path: { conversationId: string };
    answer: void;
  };
  /** List members */
  'GET /v1/conversations/{conversationId}/members': {
    path: { conversationId: string };
    query?: { limit?: number; cursor?: string };
    answer: PageOfMemberResponse;
  };
  /** Add up to 1,000 members */
  'POST /v1/conversations/{conversationId}/members': {
    path: { conversationId: string };
    header?: { 'Idempotency-Key'?: string };
    body: AddMembersRequest;
    answer: AddMembersResponse;
  };
  /** Change a member's role */
  'PATCH /v1/conversations/{conversationId}/members/{userId}': {
    path: { conversationId: string; userId: string };
    body: UpdateMemberRequest;
    answer: MemberResponse;
  };
  /** Remove a member */
  'DELETE /v1/conversations/{conversationId}/members/{userId}': {
    path: { conversationId: string; userId: string };
    answer: void;
  };
  /** Join a channel */
  'POST /v1/conversations/{conversationId}/join': {
    path: { conversationId: string };
    header?: { 'Idempotency-Key'?: string };
    answer: MemberResponse;
  };
  /** Leave a conversation */
  'POST /v1/conversations/{conversationId}/leave': {
    path: { conversationId: string };
    header?: { 'Idempotency-Key'?: string };
    answer: void;
  };
  /** List messages, newest first */
  'GET /v1/conversations/{conversationId}/messages': {
    path: { conversationId: string };
    query?: { before?: number; after?: number; around?: number; limit?: number };
    answer: MessagePage;
  };
  /** Send a message */
  'POST /v1/conversations/{conversationId}/messages': {
    path: { conversationId: string };
    header?: { 'Idempotency-Key'?: string };
    body: SendMessageRequest;
    answer: MessageResponse;
  };
  /** Get a message */
  'GET /v1/conversations/{conversationId}/messages/{messageId}': {
    path: { conversationId: string; messageId: string };
    answer: MessageResponse;
  };
  /** Edit a message */
  'PATCH /v1/conversations/{conversationId}/messages/{messageId}': {
    path: { conversationId: string; messageId: string };
    header?: { 'Idempotency-Key'?: string };
    body: EditMessageRequest;
    answer: MessageResponse;
  };
  /** Delete a message for everyone */
  'DELETE /v1/conversations/{conversationId}/messages/{messageId}': {
    path: { conversationId: string; messageId: string };
    answer: void;
  };
  /** Get all versions of a message */
  'GET /v1/conversations/{conversationId}/messages/{messageId}/history': {
    path: { conversationId: string; messageId: string };
    answer: MessageHistoryResponse;
  };
  /** List the replies to a message, newest first */
  'GET /v1/conversations/{conversationId}/messages/{messageId}/replies': {
    path: { conversationId: string; messageId: string };
    query?: { before?: number; after?: number; around?: number; limit?: number };
    answer: MessagePage;
  };
  /** Get a place to upload a file to */
  'POST /v1/attachments': {
    header?: { 'Idempotency-Key'?: string };
    body: CreateAttachmentRequest;
    answer: AttachmentUpload;
  };
  /** Get an attachment and fresh links to its file */
  'GET /v1/attachments/{attachmentId}': {
    path: { attachmentId: string };
    answer: AttachmentResponse;
  };
  /** React to a message */
  'PUT /v1/conversations/{conversationId}/messages/{messageId}/reactions/{emoji}': {
    path: { conversationId: string; messageId: string; emoji: string };
    header?: { 'Idempotency-Key'?: string };
    answer: MessageResponse;
  };
  /** Take a reaction back */
  'DELETE /v1/conversations/{conversationId}/messages/{messageId}/reactions/{emoji}': {
    path: { conversationId: string; messageId: string; emoji: string };
    header?: { 'Idempotency-Key'?: string };
    answer: void;
  };
  /** Pin a message */
  'PUT /v1/conversations/{conversationId}/messages/{messageId}/pin': {
    path: { conversationId: string; messageId: string };
    header?: { 'Idempotency-Key'?: string };
    answer: MessageResponse;
  };
  /** Take a pin away */
  'DELETE /v1/conversations/{conversationId}/messages/{messageId}/pin': {
    path: { conversationId: string; messageId: string };
    header?: { 'Idempotency-Key'?: string };
    answer: void;
  };
  /** List pinned messages */
  'GET /v1/conversations/{conversationId}/pins': {
    path: { conversationId: string };
    query?: { limit?: number; cursor?: string };
    answer: PageOfPinResponse;
  };
  /** Search messages */
  'GET /v1/search/messages': {
    query: { q: string; conversationId?: string; from?: string; before?: string; limit?: number; cursor?: string };
    answer: PageOfSearchResult;
  };
  /** Get a poll and the caller's vote */
  'GET /v1/conversations/{conversationId}/messages/{messageId}/poll': {
    path: { conversationId: string; messageId: string };
    answer: PollStateResponse;
  };
  /** Vote in a poll */
  'PUT /v1/conversations/{conversationId}/messages/{messageId}/poll/vote': {
    path: { conversationId: string; messageId: string };
    header?: { 'Idempotency-Key'?: string };
    body: VoteRequest;
    answer: MessageResponse;
  };
  /** Take one's vote back */
  'DELETE /v1/conversations/{conversationId}/messages/{messageId}/poll/vote': {
    path: { conversationId: string; messageId: string };
    header?: { 'Idempotency-Key'?: string };
    answer: void;
  };
  /** Close a poll */
  'POST /v1/conversations/{conversationId}/messages/{messageId}/poll/close': {
    path: { conversationId: string; messageId: string };
    header?: { 'Idempotency-Key'?: string };
    answer: MessageResponse;
  };
  /** List messages that wait or failed */
  'GET /v1/conversations/{conversationId}/scheduled': {
    path: { conversationId: string };
    query?: { limit?: number; cursor?: string };
    answer: PageOfScheduledMessageResponse;
  };
  /** Send a message later */
  'POST /v1/conversations/{conversationId}/scheduled': {
    path: { conversationId: string };
    header?: { 'Idempotency-Key'?: string };
    body: ScheduleMessageRequest;
    answer: ScheduledMessageResponse;
  };
  /** Take a scheduled message back, or dismiss one that failed */
  'DELETE /v1/conversations/{conversationId}/scheduled/{scheduledId}': {
    path: { conversationId: string; scheduledId: string };
    answer: void;
  };
  /** List one's reminders */
  'GET /v1/reminders': {
    query?: { limit?: number; cursor?: string };
    answer: PageOfReminderResponse;
  };
  /** Remind oneself of a message or a text */
  'POST /v1/reminders': {
    header?: { 'Idempotency-Key'?: string };
    body: CreateReminderRequest;
    answer: ReminderResponse;
  };
  /** Dismiss a reminder, or take it back */
  'DELETE /v1/reminders/{reminderId}': {
    path: { reminderId: string };
    answer: void;
  };
  /** How far each member has come */
  'GET /v1/conversations/{conversationId}/receipts': {
    path: { conversationId: string };
    query?: { limit?: number; cursor?: string };
    answer: PageOfReceiptResponse;
  };
  /** Mark what the caller has, and has read */
  'PUT /v1/conversations/{conversationId}/receipts': {
    path: { conversationId: string };
    body: MarkReceiptsRequest;
    answer: ReceiptResponse;
  };
  /** Who has a message, and who has read it */
  'GET /v1/conversations/{conversationId}/messages/{messageId}/receipts': {
    path: { conversationId: string; messageId: string };
    query?: { limit?: number; cursor?: string };
    answer: PageOfMessageReceiptResponse;
  };
  /** List calls, the newest first */
  'GET /v1/calls': {
    query?: { conversationId?: string; limit?: number; cursor?: string };
    answer: PageOfCallResponse;
  };
  /** Get a call */
  'GET /v1/calls/{callId}': {
    path: { callId: string };
    answer: CallResponse;
  };
  /** Get what the devices of a call measured */
  'GET /v1/calls/{callId}/quality': {
    path: { callId: string };
    answer: CallQualityResponse;
  };
}

export interface PingResponse {
  /** Always `ok`. */
  status: string;
  /** The server's time. */
  time: string;
}

/** One page of a list. */
export interface PageOfChannelResponse {
  /** The items, at most the requested `limit`. */
  items: ChannelResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** The caller's unread messages in all conversations that are neither hidden nor archived. */
export interface UnreadResponse {
  total: number;
  /** How many in each conversation that has any, by conversation id. */
  conversations: Record<string, number>;
  /** The conversations that the caller has marked as unread, whether they have unread messages or not. */
  markedUnread: string[];
}

/** Changes how the caller sees a conversation: absent fields stay, null is as good as false. Nobody else notices. */
export interface UpdateOwnViewRequest {
  /** No notifications. */
  muted?: boolean | null;
  /** Not in the list until the next message. */
  hidden?: boolean | null;
  /** Not in the list, whatever comes. */
  archived?: boolean | null;
  /** One of those that the user wants at the top. */
  pinned?: boolean | null;
  /** To be read again, until the user reads or sends; no message counts as unread for it. */
  markedUnread?: boolean | null;
}

/** The caller as a member: how far it has come, and how it sees the conversation. */
export interface OwnMemberResponse {
  userId: string;
  role: MemberRole;
  joinedAt: string;
  deliveredSeq: number;
  readSeq: number;
  muted: boolean;
  /** Not in the list until the next message. */
  hidden: boolean;
  archived: boolean;
  pinned: boolean;
  markedUnread: boolean;
}

/** A stretch of a conversation's log, in order. */
export interface EntryPage {
  items: EntryResponse[];
  /** The newest seq of the log. */
  lastSeq: number;
  /** Whether `items` reach `lastSeq`. */
  complete: boolean;
}

/** The servers that help two devices to find a way to each other, as a browser's `RTCPeerConnection` takes them. */
export interface IceServersResponse {
  iceServers: IceServer[];
  /** When the credentials end; null: there are none. */
  expiresAt?: string | null;
}

/** A user of the tenant's directory. */
export interface UserResponse {
  id: string;
  name: string;
  avatarUrl: string | null;
  role: string;
  custom: Record<string, unknown> | null;
  createdAt: string;
  updatedAt: string;
  deactivatedAt: string | null;
}

/** Changes a user's profile: absent fields stay, null clears. */
export interface UpdateUserRequest {
  /** 1 to 200 characters; cannot be cleared. */
  name?: string | null;
  /** An absolute http(s) URL of at most 2,048 characters. */
  avatarUrl?: string | null;
  /** `user` or `admin`; only the tenant's backend may set it. */
  role?: string | null;
  /** A JSON object that is merged into the one there is (RFC 7396: null removes); what comes of it has at most 8 KiB and 16 levels. */
  custom?: Record<string, unknown> | null;
}

/** One page of a list. */
export interface PageOfUserResponse {
  /** The items, at most the requested `limit`. */
  items: UserResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** What a user lets others know; all of it, unless the user said otherwise. */
export interface PrivacyResponse {
  /** Whether others learn what the user has read. */
  readReceipts: boolean;
  /** Whether others learn what has reached the user. */
  deliveryReceipts: boolean;
  /** Whether others see the user typing. */
  typing: boolean;
}

/** Replaces a user's privacy settings. What is absent is on; a field that is none of these is refused, since a misspelt one would show what was to be hidden. */
export interface PutPrivacyRequest {
  /** Whether others learn what the user has read. */
  readReceipts?: boolean | null;
  /** Whether others learn what has reached the user. */
  deliveryReceipts?: boolean | null;
  /** Whether others see the user typing. */
  typing?: boolean | null;
}

/** How a user is notified; all of it has a value, the user's or the default. */
export interface NotificationPreferencesResponse {
  channels: NotificationChannels;
  types: NotificationTypes;
  /** Those with a setting of their own, by id. */
  conversations: Record<string, ConversationNotifications>;
  quietHours: null | QuietHours;
  /** In which templates are chosen, such as `de` or `pt-BR`; null: the tenant's default. */
  language: string | null;
  email: EmailNotifications;
}

/** Replaces a user's preferences: what is absent has its default, a field that is none of these is refused. Only the address stays as it is when a user says nothing of it. */
export interface PutNotificationPreferencesRequest {
  channels?: null | PutNotificationChannels;
  types?: null | PutNotificationTypes;
  /** At most 200. */
  conversations?: Record<string, ConversationNotifications> | null;
  quietHours?: null | QuietHours;
  language?: string | null;
  email?: null | PutEmailNotifications;
}

/** Registers a device of the caller for pushes, or replaces it. */
export interface PutDeviceRequest {
  platform?: null | DevicePlatform;
  /** Of `fcm` and `apns`: what the device got from its service. */
  token?: string | null;
  /** Of `apns`: for calls (PushKit); it comes besides or instead of Token. */
  voipToken?: string | null;
  subscription?: null | WebPushSubscription;
}

/** A registered device, without its tokens. */
export interface DeviceResponse {
  id: string;
  platform: DevicePlatform;
  /** Whether calls come by a token of their own. */
  voip: boolean;
  createdAt: string;
  updatedAt: string;
  /** Whether the account in force, the tenant's or the platform's, is one that reaches it, as far as is known. */
  deliverable: boolean;
  reason: null | DeviceUndeliverable;
}

/** One page of a list. */
export interface PageOfDeviceResponse {
  /** The items, at most the requested `limit`. */
  items: DeviceResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** What a browser subscribes with. */
export interface VapidKeyResponse {
  /** The `applicationServerKey`: base64url of an uncompressed point of P-256. */
  publicKey: string;
}

/** A page of the inbox, the newest first. */
export interface NotificationPage {
  items: NotificationResponse[];
  next: string | null;
  /** How many unread ones there are in all: what a badge shows. */
  unread: number;
}

/** Marks notifications as read: exactly one of the three. */
export interface ReadNotificationsRequest {
  /** 1 to 200. */
  ids?: string[] | null;
  /** Those of one conversation. */
  conversationId?: string | null;
  /** All of the user. */
  all?: boolean | null;
}

export interface UnreadNotificationsResponse {
  /** How many unread ones are left. */
  unread: number;
}

/** One page of a list. */
export interface PageOfBlockResponse {
  /** The items, at most the requested `limit`. */
  items: BlockResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** Somebody whom the caller blocks. */
export interface BlockResponse {
  userId: string;
  /** Since when. */
  blockedAt: string;
}

/** Flags a message for those who moderate. */
export interface FlagMessageRequest {
  /** What is wrong with it, 1 to 500 characters; the message's sender is not told. */
  reason: string;
}

/** The caller has flagged a message. */
export interface FlaggedResponse {
  messageId: string;
  /** The one that was given first. */
  reason: string;
  flaggedAt: string;
}

/** One page of a list. */
export interface PageOfPresenceState {
  /** The items, at most the requested `limit`. */
  items: PresenceState[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** What a user wants to be seen as. It holds until it is chosen anew or ExpiresAt comes, also over reconnects. */
export interface SetPresenceRequest {
  /** On the hub `away` is this device's: another one that is in use counts more. `invisible` and `offline` are the same. */
  status: PresenceStatus;
  /** Up to 200 characters; null: none. */
  text?: string | null;
  /** In the future, by a year at most; null: it does not end by itself. */
  expiresAt?: string | null;
}

/** How somebody is there now, as the one who is told may see it. */
export interface PresenceState {
  userId: string;
  status: PresenceStatus;
  /** What the user says about it. */
  text: string | null;
  /** When the user was last to be seen; null while that is so, and of one who never was. */
  lastSeenAt: string | null;
}

/** Revokes one token, or all of a user's tokens that were issued before a time. */
export interface RevokeTokensRequest {
  /** The token to revoke. */
  token?: string | null;
  /** The user whose tokens to revoke. */
  userId?: string | null;
  /** Only tokens issued before this time; default: now. */
  before?: string | null;
}

/** One page of a list. */
export interface PageOfConversationResponse {
  /** The items, at most the requested `limit`. */
  items: ConversationResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** Creates a conversation. */
export interface CreateConversationRequest {
  /** `direct`, `group` or `channel`. */
  type: ConversationType;
  /** The caller's own id; made from a UUID when absent. Not for `direct`, whose id follows from its two people. */
  id?: string | null;
  /** At most 200 characters. */
  name?: string | null;
  /** Existing users, who become members with the role `member`. A user who creates it is a member in any case, and its owner; one that the backend creates for nobody has only the owners that `members` names. */
  memberIds?: string[] | null;
  /** Any JSON object of at most 8 KiB. */
  custom?: Record<string, unknown> | null;
  /** More existing users, each perhaps with a role. Not for `direct`. */
  members?: NewMember[] | null;
}

/** A conversation. `unread` and `me` are set only where the caller is a member. */
export interface ConversationResponse {
  id: string;
  type: ConversationType;
  name: string | null;
  custom: Record<string, unknown> | null;
  createdBy: string | null;
  createdAt: string;
  updatedAt: string;
  lastActivityAt: string;
  memberCount: number;
  lastSeq: number;
  lastMessage: null | MessageResponse;
  unread: number | null;
  me: null | OwnMemberResponse;
  /** Whether only those who moderate it may write. */
  frozen?: boolean;
  /** How long others wait between two messages; 0: they do not. */
  slowModeSeconds?: number;
}

/** Changes a conversation: absent fields stay, null clears. */
export interface UpdateConversationRequest {
  /** At most 200 characters. */
  name?: string | null;
  /** A JSON object that is merged into the one there is (RFC 7396: null removes); what comes of it has at most 8 KiB and 16 levels. */
  custom?: Record<string, unknown> | null;
  /** Whether only those who moderate it may write; null: no. */
  frozen?: boolean | null;
  /** How long others wait between two messages, 0 to 21,600 seconds; 0 or null: they do not. */
  slowModeSeconds?: number | null;
}

/** One page of a list. */
export interface PageOfMemberResponse {
  /** The items, at most the requested `limit`. */
  items: MemberResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** Adds up to 1,000 users to a conversation. */
export interface AddMembersRequest {
  userIds: string[];
  role?: null | MemberRole;
}

/** The members that were added (those who were members already stay as they are), and the seq of the entry that says so. */
export interface AddMembersResponse {
  items: MemberResponse[];
  seq: number | null;
}

/** Changes a member. */
export interface UpdateMemberRequest {
  role: MemberRole;
}

/** A member of a conversation. */
export interface MemberResponse {
  userId: string;
  role: MemberRole;
  joinedAt: string;
}

/** A page of messages, newest first. */
export interface MessagePage {
  items: MessageResponse[];
  /** The seq to go on with in the same direction, or null. */
  next: number | null;
}

/** Sends a message. */
export interface SendMessageRequest {
  /** At most 10,000 characters, none of them U+0000. A message has a text in which something can be seen, an attachment, `custom` or a poll. */
  text?: string | null;
  /** 1 to 128 characters of the sender's own; sending it again gives the first answer again. */
  clientMessageId?: string | null;
  /** At most 30. */
  attachments?: Attachment[] | null;
  /** Ids of at most 50 members, with those that the text marks; who is no member is left out. */
  mentions?: string[] | null;
  /** The id of the message that this one replies to. A reply to a reply belongs to the same thread: its `threadOf` is the message that the thread hangs on. */
  threadOf?: string | null;
  /** Any JSON object of at most 8 KiB. */
  custom?: Record<string, unknown> | null;
  /** The id of a message of the same conversation that this one quotes. */
  quoteOf?: string | null;
  poll?: null | CreatePoll;
}

/** A message in its current state. A deleted one keeps its place: `deletedAt` is set and its content is gone. */
export interface MessageResponse {
  id: string;
  conversationId: string;
  seq: number;
  senderId: string | null;
  text: string | null;
  attachments: Attachment[];
  /** The members whom the sender named or the text marks. */
  mentions: string[];
  /** The message that this one replies to; never itself a reply. */
  threadOf: string | null;
  /** How many replies there are, without the deleted ones. */
  replyCount: number;
  reactions: Record<string, ReactionSummary>;
  custom: Record<string, unknown> | null;
  /** The seq of the last change that is folded in: the message's own seq until it is changed. Replies, and deletions of replies, change the message that they reply to. */
  rev: number;
  createdAt: string;
  editedAt: string | null;
  deletedAt: string | null;
  pinnedAt: string | null;
  clientMessageId: string | null;
  thread?: null | ThreadSummary;
  quote?: null | MessageQuote;
  /** Whether the text says `@here`, and its sender may: everyone who is there now. */
  mentionsHere?: boolean;
  /** Whether the text says `@channel`, and its sender may: everyone. */
  mentionsChannel?: boolean;
  poll?: null | PollResponse;
  /** What the pages say that the text links to; null: nothing, or nothing yet. They come with an entry `message.previewed` some time after the message. */
  linkPreviews?: LinkPreview[] | null;
  /** Its sender was shadow-banned: only the sender and the tenant's backend get it. Told to the backend alone. */
  shadowed?: boolean;
}

/** Edits a message: absent fields stay, null clears. */
export interface EditMessageRequest {
  /** The new text, at most 10,000 characters. */
  text?: string | null;
  /** The new attachments, at most 30. */
  attachments?: Attachment[] | null;
  /** The new mentions, at most 50 with those in the text. */
  mentions?: string[] | null;
  /** A JSON object that is merged into the custom data there is (RFC 7396: null removes); what comes of it has at most 8 KiB and 16 levels. */
  custom?: Record<string, unknown> | null;
  /** Makes the edit idempotent, like that of a message. */
  clientMessageId?: string | null;
}

/** All versions of a message, oldest first. */
export interface MessageHistoryResponse {
  items: MessageVersion[];
}

/** Asks for a place to upload a file to. */
export interface CreateAttachmentRequest {
  /** The file's name, 1 to 255 characters without control characters and slashes. */
  name: string;
  /** Its media type, such as `image/png`: one that the platform allows, without parameters. */
  type: string;
  /** Its length in bytes, from 1 to what the platform allows (25 MiB by default). What is uploaded must be exactly as long. */
  size: number;
}

/** Where to upload a file: one request of this method to this address, with these headers and the file as its body, before it expires. It needs no credentials. */
export interface AttachmentUpload {
  /** What a message refers to in `attachmentId`. */
  id: string;
  uploadUrl: string;
  method: string;
  /** To be sent as they are. */
  headers: Record<string, string>;
  expiresAt: string;
  /** Where to ask for the attachment: `GET /v1/attachments/{id}`. It stands in messages, and is no link to the file itself. */
  url: string;
}

/** An uploaded file. */
export interface AttachmentResponse {
  id: string;
  name: string;
  type: string;
  size: number;
  status: AttachmentStatus;
  /** In pixels, of an image as it is seen; null: not an image. */
  width: number | null;
  height: number | null;
  /** The user; null: the backend. */
  uploadedBy: string | null;
  createdAt: string;
  url: string;
  /** A link to the file that needs no credentials and ends at LinksExpireAt; null while it is pending. */
  downloadUrl: string | null;
  /** The same for a small picture of it; null: it has none. */
  thumbnailUrl: string | null;
  linksExpireAt: string | null;
  upload: null | AttachmentUpload;
}

/** One page of a list. */
export interface PageOfPinResponse {
  /** The items, at most the requested `limit`. */
  items: PinResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** One page of a list. */
export interface PageOfSearchResult {
  /** The items, at most the requested `limit`. */
  items: SearchResult[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** A poll, and what the caller chose. */
export interface PollStateResponse {
  poll: PollResponse;
  /** Empty: the caller has not voted; null: the caller is no user. */
  ownOptionIds: string[] | null;
}

/** The caller's vote, in place of an earlier one. */
export interface VoteRequest {
  /** One option; where several may be chosen, any number of them. None: the vote is taken back. */
  optionIds: string[];
}

/** One page of a list. */
export interface PageOfScheduledMessageResponse {
  /** The items, at most the requested `limit`. */
  items: ScheduledMessageResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** Schedules a message. */
export interface ScheduleMessageRequest {
  /** When it is sent: in the future, at most 366 days ahead. */
  sendAt: string;
  /** What is sent; without a `clientMessageId`, which follows from the scheduled message's id. */
  message: SendMessageRequest;
}

/** A message that is sent later, or could not be sent. */
export interface ScheduledMessageResponse {
  id: string;
  conversationId: string;
  /** In whose name; null: the tenant's backend. */
  senderId: string | null;
  sendAt: string;
  message: SendMessageRequest;
  status: ScheduledStatus;
  /** Why it was not sent, as `code: detail`. */
  error: string | null;
  createdAt: string;
}

/** One page of a list. */
export interface PageOfReminderResponse {
  /** The items, at most the requested `limit`. */
  items: ReminderResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** Reminds the caller: of a message, of a text, or of both. */
export interface CreateReminderRequest {
  /** In the future, at most 366 days ahead. */
  remindAt: string;
  /** At most 1,000 characters. */
  text?: string | null;
  /** Of the message. */
  conversationId?: string | null;
  /** A message that the caller may read. */
  messageId?: string | null;
}

/** A reminder. It stays until it is dismissed. */
export interface ReminderResponse {
  id: string;
  remindAt: string;
  text: string | null;
  conversationId: string | null;
  messageId: string | null;
  /** Whether its time has come, and the user's devices were told. */
  due: boolean;
  createdAt: string;
}

/** One page of a list. */
export interface PageOfReceiptResponse {
  /** The items, at most the requested `limit`. */
  items: ReceiptResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** Moves the caller's own cursors in a conversation forward. What lies behind changes nothing, what lies beyond the log's end counts as its end; reading includes having it. */
export interface MarkReceiptsRequest {
  /** The caller has everything up to this seq. */
  deliveredSeq?: number | null;
  /** The caller has read everything up to this seq. */
  readSeq?: number | null;
}

/** How far one member of a conversation has come. */
export interface ReceiptResponse {
  userId: string;
  /** The member has everything up to this seq; null: the member does not tell. */
  deliveredSeq: number | null;
  /** The member has read everything up to this seq; null: the member does not tell. */
  readSeq: number | null;
}

/** One page of a list. */
export interface PageOfMessageReceiptResponse {
  /** The items, at most the requested `limit`. */
  items: MessageReceiptResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** One page of a list. */
export interface PageOfCallResponse {
  /** The items, at most the requested `limit`. */
  items: CallResponse[];
  /** What to send as `cursor` for the next page; null when this is the last one. */
  next: string | null;
}

/** A call as it is kept. */
export interface CallResponse {
  id: string;
  conversationId: string;
  media: CallMedia;
  startedBy: string;
  startedAt: string;
  /** Null: it goes on. */
  endedAt: string | null;
  outcome: null | CallOutcome;
  /** From the first answer on; 0: nobody answered; null while it goes on. */
  durationSeconds: number | null;
  /** Those who were called; once it is over everybody who was in it. */
  participants: CallHistoryParticipant[];
}

/** What the devices of a call measured. */
export interface CallQualityResponse {
  callId: string;
  /** Those who reported, by user id. */
  participants: CallParticipantQuality[];
}

/** A channel that one may join: what may be known of it before. */
export interface ChannelResponse {
  id: string;
  name: string | null;
  custom: Record<string, unknown> | null;
  memberCount: number;
  createdAt: string;
  lastActivityAt: string;
}

/** What a member may do; each includes the next. */
export type MemberRole = 'owner' | 'moderator' | 'member' | 'reader';

/** One thing that happened in a conversation. `seq` is dense: 1, 2, 3 …, no gaps, no repeats. */
export interface EntryResponse {
  conversationId: string;
  seq: number;
  /** Such as `message.created`; an open list: move on over those you do not know. */
  type: string;
  actorId: string | null;
  at: string | null;
  clientMessageId: string | null;
  message?: null | MessageResponse;
  /** What else the type says. */
  data?: Record<string, unknown> | null;
  root?: null | MessageResponse;
  /** Whoever did it was shadow-banned: others than that user get it as `hidden`, but for members that were added; nobody is to be notified of it. Told to the tenant's backend alone. */
  shadowed?: boolean;
}

export interface IceServer {
  /** Such as `stun:stun.example.com` or `turn:turn.example.com:3478?transport=udp`. */
  urls: string[];
  /** Of TURN servers only. */
  username?: string | null;
  /** Of TURN servers only. */
  credential?: string | null;
}

/** The ways on which notifications come. */
export interface NotificationChannels {
  /** The inbox, and `Notification` on connected devices. */
  inApp?: boolean;
  /** To registered devices while none is connected. */
  push?: boolean;
  /** A digest of what was not read. */
  email?: boolean;
}

/** Each type. */
export interface NotificationTypes {
  messages: NotificationTypeSetting;
  mentions: NotificationTypeSetting;
  calls: NotificationTypeSetting;
  system: NotificationTypeSetting;
}

/** What counts in one conversation, also when it is muted. */
export interface ConversationNotifications {
  level: NotificationLevel;
  priority?: null | NotificationPriority;
  /** When it ends; null: it does not. */
  until?: string | null;
}

/** Each day from one time to another, by the user's own clock. */
export interface QuietHours {
  /** An IANA name, such as `Europe/Berlin`. */
  timeZone: string;
  /** `HH:mm`, 00:00 to 23:59. */
  from: string;
  /** `HH:mm`; not after From: of the next day; the same: the whole day. */
  to: string;
  /** On which days they begin; null: on all. */
  days?: QuietDay[] | null;
  /** Whether what is urgent passes; null: yes. */
  allowUrgent?: boolean | null;
}

/** The digest by mail. */
export interface EmailNotifications {
  /** Where to; only the tenant's backend sets it. Null: nowhere. */
  address?: string | null;
  /** How long something waits unread, and the user away, 1 to 10,080. */
  afterMinutes?: number;
}

export interface PutNotificationChannels {
  inApp?: boolean | null;
  push?: boolean | null;
  email?: boolean | null;
}

/** Each type; defaults: all enabled, messages and system `normal`, mentions `high`, calls `urgent`. */
export interface PutNotificationTypes {
  messages?: null | PutNotificationTypeSetting;
  mentions?: null | PutNotificationTypeSetting;
  calls?: null | PutNotificationTypeSetting;
  system?: null | PutNotificationTypeSetting;
}

export interface PutEmailNotifications {
  address?: string | null;
  afterMinutes?: number | null;
}

/** Whose push service reaches a device. */
export type DevicePlatform = 'fcm' | 'apns' | 'webPush';

/** A subscription of a browser, as `PushSubscription.toJSON()` gives it. */
export interface WebPushSubscription {
  /** An `https` address of the browser's push service. */
  endpoint: string;
  keys: WebPushKeys;
}

export type DeviceUndeliverable = 'noAccount' | 'accountChanged' | null;

/** Something that happened while its user did not look. What happens in one conversation before it is read is one notification, which grows. */
export interface NotificationResponse {
  /** Of the type in its conversation: `{type}:{conversationId}`. */
  id: string;
  type: NotificationType;
  kind: NotificationKind;
  priority: NotificationPriority;
  conversationId: string;
  /** The newest message; null where it is about none, and of one that is gone or not for this user. */
  messageId: string | null;
  /** The newest entry. */
  seq: number;
  /** Who did the newest; null: the backend. */
  actorId: string | null;
  /** How many things it stands for. */
  count: number;
  /** By the tenant's texts, in the user's language. */
  title: string;
  /** As Title, with the beginning of the newest message as it is now; without that once it is deleted. */
  body: string;
  /** When the first of them happened. */
  createdAt: string;
  /** When the newest happened. */
  updatedAt: string;
  /** Null: it is unread. */
  readAt: string | null;
}

/** How somebody is there. */
export type PresenceStatus = 'online' | 'away' | 'busy' | 'invisible' | 'offline';

/** What a conversation is for. */
export type ConversationType = 'direct' | 'group' | 'channel';

/** A first member of a conversation. */
export interface NewMember {
  userId: string;
  role?: null | MemberRole;
}

/** A file that a message refers to: one that was uploaded here, by `attachmentId` (or its `url`), or one that lies elsewhere, by `url`. */
export interface Attachment {
  /** Absolute http(s), at most 2,048 characters. Of a file that was uploaded here: where to ask for it with one's credentials. */
  url?: string | null;
  /** A media type, such as `image/png`. Of a file that was uploaded here it is set by the server, as are size, width and height. */
  type?: string | null;
  /** At most 255 characters. */
  name?: string | null;
  /** In bytes. */
  size?: number | null;
  /** Any JSON object of at most 8 KiB. */
  custom?: Record<string, unknown> | null;
  /** The id of a file that was uploaded here. */
  attachmentId?: string | null;
  /** Of an image, in pixels. */
  width?: number | null;
  /** Of an image, in pixels. */
  height?: number | null;
}

/** Adds a poll to a message that is sent. */
export interface CreatePoll {
  /** 2 to 20 texts of 1 to 200 characters, no two alike. Their ids are `1`, `2`, … in this order. */
  options: string[];
  /** At most 300 characters; the message's text may ask it too. */
  question?: string | null;
  /** Whether a user may choose several options. */
  multiple?: boolean;
  /** Whether nobody is told who voted for what. */
  anonymous?: boolean;
  /** From then on no vote counts; null: until somebody closes it. */
  closesAt?: string | null;
}

/** One emoji's reactions to a message. */
export interface ReactionSummary {
  /** How many users reacted with it. */
  count: number;
  /** The first 20 of them. */
  userIds: string[];
}

/** The replies to a message, without the deleted ones. */
export interface ThreadSummary {
  /** The users who replied, in the order of their first replies; the first 20. */
  participantIds: string[];
  /** How many they are. The tenant's backend counts as nobody. */
  participantCount: number;
  /** When the newest reply was sent. */
  lastReplyAt: string;
}

/** What a message shows of the one that it quotes: as that is now. Of a deleted one nothing is left but its place. */
export interface MessageQuote {
  messageId: string;
  seq: number;
  senderId: string | null;
  /** The beginning of its text: at most 200 characters, and an ellipsis where it goes on. */
  text: string | null;
  /** How many attachments it has. */
  attachmentCount: number;
  createdAt: string;
  deletedAt: string | null;
  /** The quoted message's `rev`: the higher of two is the newer. */
  rev: number;
}

/** A message's poll and its result as it is now. */
export interface PollResponse {
  question: string | null;
  options: PollOption[];
  multiple: boolean;
  anonymous: boolean;
  closesAt: string | null;
  /** When somebody closed it; at `closesAt` it closes by itself, without being told. */
  closedAt: string | null;
  /** How many users have voted. */
  voterCount: number;
}

/** What a page that a text links to says of itself. */
export interface LinkPreview {
  /** The link as it stands in the text. */
  url: string;
  /** At most 300 characters. */
  title: string | null;
  /** At most 500 characters. */
  description: string | null;
  /** Absolute http(s): it lies where the page says, not here. */
  imageUrl: string | null;
  /** At most 100 characters. */
  siteName: string | null;
}

/** One version of a message, oldest first. */
export interface MessageVersion {
  /** The seq of the entry that made it. */
  seq: number;
  actorId: string | null;
  at: string;
  text: string | null;
  attachments: Attachment[];
  custom: Record<string, unknown> | null;
  /** Whoever made it was shadow-banned: only that user and the tenant's backend see it. Told to the backend alone. */
  shadowed?: boolean;
}

/** How far an attachment is. */
export type AttachmentStatus = 'pending' | 'ready';

/** A pinned message. */
export interface PinResponse {
  /** In its current state. */
  message: MessageResponse;
  /** The user who pinned it; null: the tenant's backend. */
  pinnedBy: string | null;
  /** When it was pinned. */
  pinnedAt: string;
}

/** A message that was searched for. */
export interface SearchResult {
  /** In its current state. */
  message: MessageResponse;
  /** Where its text has what was searched for: ascending, apart from each other, whole words; the first 50. */
  highlights: SearchHighlight[];
}

/** What becomes of a scheduled message. One that was sent is a message, and no longer here. */
export type ScheduledStatus = 'waiting' | 'failed';

/** A member who has a message. */
export interface MessageReceiptResponse {
  userId: string;
  /** Whether the member has read it, as far as the member tells. */
  read: boolean;
}

/** What a call begins with; what each one sends is the devices' to say, see `SetCallMedia`. */
export type CallMedia = 'audio' | 'video';

export type CallOutcome = 'completed' | 'declined' | 'busy' | 'missed' | 'cancelled' | 'lost' | null;

export interface CallHistoryParticipant {
  userId: string;
  /** How it ended for them; while it goes on, as what is kept knows it. */
  state: CallParticipantState;
  /** How long they were in it. */
  seconds: number;
}

export interface CallParticipantQuality {
  userId: string;
  /** How many there are. */
  reports: number;
  average: CallQualityFigures;
  worst: CallQualityFigures;
  /** How many of them told of each: latency over 300 ms, loss over 3 %, jitter over 50 ms, bitrate under 100 kbps. */
  issues: CallQualityIssues;
  /** As reported last. */
  frameRate: number | null;
  /** As reported last. */
  resolution: string | null;
  lastAt: string;
}

/** One type of notifications. */
export interface NotificationTypeSetting {
  enabled: boolean;
  priority: NotificationPriority;
}

/** What of a conversation notifies: everything, mentions and calls, or nothing. */
export type NotificationLevel = 'all' | 'mentions' | 'none';

/** How much a notification may disturb. `urgent` may pass quiet hours; `low` makes no sound. */
export type NotificationPriority = 'low' | 'normal' | 'high' | 'urgent';

/** Days on which quiet hours begin. */
export type QuietDay = 'sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday';

/** One type; what is absent has its default. */
export interface PutNotificationTypeSetting {
  enabled?: boolean | null;
  priority?: null | NotificationPriority;
}

export interface WebPushKeys {
  /** The browser's public key: base64url of an uncompressed point of P-256. */
  p256dh: string;
  /** Base64url of 16 bytes. */
  auth: string;
}

/** What a notification is about. */
export type NotificationType = 'messages' | 'mentions' | 'calls' | 'system';

/** What happened. */
export type NotificationKind = 'message' | 'mention' | 'call' | 'missedCall' | 'added';

export interface PollOption {
  id: string;
  text: string;
  /** How many users chose it. */
  votes: number;
  /** The first 20 of them; of an anonymous poll none. */
  userIds: string[];
}

/** A stretch of a message's text, counted in UTF-16 code units (as strings of JavaScript and .NET are). */
export interface SearchHighlight {
  /** From 0. */
  start: number;
  /** At least 1. */
  length: number;
}

/** How somebody stands to a call. */
export type CallParticipantState = 'ringing' | 'joined' | 'reconnecting' | 'left' | 'declined' | 'busy' | 'missed' | 'removed';

export interface CallQualityFigures {
  latencyMs: number;
  packetLossPercent: number;
  jitterMs: number;
  bitrateKbps: number;
}

export interface CallQualityIssues {
  highLatency: number;
  packetLoss: number;
  jitter: number;
  lowBitrate: number;
}
