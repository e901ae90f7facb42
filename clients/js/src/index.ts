/** The CaaS client for browsers and Node: conversations in order, without holes, through every reconnect. */
export { getAttachment, uploadAttachment, type AttachmentOptions } from './attachments.js';
export type { CallEvents, Calls } from './calls.js';
export { CaasConnection, type ConnectionEvents, type ConversationOptions } from './connection.js';
export type { Conversation, EntryListener } from './conversation.js';
export { CaasError, problems, type CaasErrorCode, type ClientCode, type ProblemCode } from './errors.js';
export type { Origin, WireCounters } from './intake.js';
export { ConversationMessages } from './messages.js';
export type { CaasOptions } from './options.js';
export type * as Rest from './operations.js';
export type { SendOptions } from './outbox.js';
export { CaasRest, type Answer, type Input, type Operation, type Paged, type RestOptions } from './rest.js';
export type { MessageEdit, OutgoingMessage } from './sender.js';
export type { ConnectionState, StateChange } from './supervisor.js';
export type {
  Attachment, AttachmentResponse, AttachmentUpload, CallAccepted, CallDeclined, CallEnded, CallMedia, CallMediaState, CallOutcome, CallParticipant, CallParticipantChanged, CallParticipantState, CallQualityReport, CallRinging, CallSignal, CallSignalRequest, ChangeResult, ConversationUpdated, CreatePoll, EntryResponse as Entry, EntryType, IceServer, IceServersResponse as IceServers, Json, LinkPreview, LiveCall, MemberRole, Message, MessageQuote, NotificationResponse as Notification, NotificationWithdrawn, OwnMember, PollOption, PollResponse as Poll, PresenceState, PresenceStatus, Reaction,
  Receipt, ReminderResponse as Reminder, SearchHighlight, SearchResult, SendMessageResult, SetPresenceRequest, SignalKind, StartCallRequest, ThreadSummary, Timestamp, TypingState, UnreadResponse,
} from './wire.js';
