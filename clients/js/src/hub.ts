import type {
  CallAccepted, CallDeclined, CallEnded, CallMediaState, CallParticipantChanged, CallQualityReport, CallRinging, CallSignal, CallSignalRequest, ChangeResult, ConversationUpdated, Draining, EntryPage, EntryResponse, Evicted, HubEditMessageRequest, HubSendMessageRequest, IceServersResponse, JoinRequest, JoinResult, LiveCall, NotificationResponse, NotificationWithdrawn, PresenceState, Receipt, ReminderResponse, Resync, SendMessageResult,
  SetPresenceRequest, StartCallRequest, TypingState, UnreadNotificationsResponse, UnreadResponse,
} from './wire.js';

/** The methods of the hub: what it is asked. */
export interface HubMethods {
  AcceptCall(callId: string): LiveCall;
  AddReaction(conversationId: string, messageId: string, emoji: string): ChangeResult;
  Authenticate(token: string): void;
  ClosePoll(conversationId: string, messageId: string): ChangeResult;
  DeclineCall(callId: string, reason: string): void;
  DeleteMessage(conversationId: string, messageId: string): ChangeResult;
  EditMessage(edit: HubEditMessageRequest): ChangeResult;
  GetIceServers(): IceServersResponse;
  GetPresence(userIds: string[]): PresenceState[];
  GetTyping(conversationId: string): TypingState;
  GetUnread(): UnreadResponse;
  InviteToCall(callId: string, userIds: string[]): void;
  JoinConversation(conversationId: string, afterSeq: number | null): JoinResult;
  JoinConversations(conversations: JoinRequest[]): JoinResult[];
  LeaveCall(callId: string): void;
  LeaveConversation(conversationId: string): void;
  MarkDelivered(conversationId: string, seq: number): void;
  MarkRead(conversationId: string, seq: number): void;
  PinMessage(conversationId: string, messageId: string): ChangeResult;
  ReadEntries(conversationId: string, afterSeq: number, limit: number): EntryPage;
  RemoveFromCall(callId: string, userId: string): void;
  RemoveReaction(conversationId: string, messageId: string, emoji: string): ChangeResult;
  ReportCallQuality(callId: string, report: CallQualityReport): void;
  ResumeCall(callId: string): LiveCall;
  SendMessage(message: HubSendMessageRequest): SendMessageResult;
  SetCallMedia(callId: string, media: CallMediaState): void;
  SetPresence(presence: SetPresenceRequest): void;
  Signal(callId: string, toUserId: string, signal: CallSignalRequest): void;
  StartCall(call: StartCallRequest): LiveCall;
  StartTyping(conversationId: string): void;
  StopTyping(conversationId: string): void;
  SubscribePresence(userIds: string[]): PresenceState[];
  UnpinMessage(conversationId: string, messageId: string): ChangeResult;
  UnsubscribePresence(userIds: string[]): void;
  VotePoll(conversationId: string, messageId: string, optionIds: string[]): ChangeResult;
}

/** The events of the hub: what it tells by itself. */
export interface HubEvents {
  CallAccepted(accepted: CallAccepted): void;
  CallDeclined(declined: CallDeclined): void;
  CallEnded(ended: CallEnded): void;
  CallParticipantChanged(changed: CallParticipantChanged): void;
  CallRinging(call: CallRinging): void;
  CallSignal(signal: CallSignal): void;
  ConversationUpdated(update: ConversationUpdated): void;
  Draining(draining: Draining): void;
  Entry(entry: EntryResponse): void;
  Evicted(evicted: Evicted): void;
  Notification(notification: NotificationResponse): void;
  NotificationsRead(unread: UnreadNotificationsResponse): void;
  NotificationWithdrawn(withdrawn: NotificationWithdrawn): void;
  Receipt(receipt: Receipt): void;
  Reminder(reminder: ReminderResponse): void;
  Presence(presence: PresenceState): void;
  Resync(resync: Resync): void;
  Typing(typing: TypingState): void;
}

export type HubMethod = keyof HubMethods;
export type HubArguments<M extends HubMethod> = Parameters<HubMethods[M]>;
export type HubResult<M extends HubMethod> = ReturnType<HubMethods[M]>;
