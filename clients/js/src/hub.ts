import type {
  ChangeResult, ConversationUpdated, Draining, EntryPage, EntryResponse, Evicted, HubEditMessageRequest, HubSendMessageRequest, IceServersResponse, JoinRequest, JoinResult, PresenceState, Receipt, ReminderResponse, Resync, SendMessageResult,
  SetPresenceRequest, TypingState, UnreadResponse,
} from './wire.js';

/** The methods of the hub: what it is asked. */
export interface HubMethods {
  AddReaction(conversationId: string, messageId: string, emoji: string): ChangeResult;
  Authenticate(token: string): void;
  ClosePoll(conversationId: string, messageId: string): ChangeResult;
  DeleteMessage(conversationId: string, messageId: string): ChangeResult;
  EditMessage(edit: HubEditMessageRequest): ChangeResult;
  GetIceServers(): IceServersResponse;
  GetPresence(userIds: string[]): PresenceState[];
  GetTyping(conversationId: string): TypingState;
  GetUnread(): UnreadResponse;
  JoinConversation(conversationId: string, afterSeq: number | null): JoinResult;
  JoinConversations(conversations: JoinRequest[]): JoinResult[];
  LeaveConversation(conversationId: string): void;
  MarkDelivered(conversationId: string, seq: number): void;
  MarkRead(conversationId: string, seq: number): void;
  PinMessage(conversationId: string, messageId: string): ChangeResult;
  ReadEntries(conversationId: string, afterSeq: number, limit: number): EntryPage;
  RemoveReaction(conversationId: string, messageId: string, emoji: string): ChangeResult;
  SendMessage(message: HubSendMessageRequest): SendMessageResult;
  SetPresence(presence: SetPresenceRequest): void;
  StartTyping(conversationId: string): void;
  StopTyping(conversationId: string): void;
  SubscribePresence(userIds: string[]): PresenceState[];
  UnpinMessage(conversationId: string, messageId: string): ChangeResult;
  UnsubscribePresence(userIds: string[]): void;
  VotePoll(conversationId: string, messageId: string, optionIds: string[]): ChangeResult;
}

/** The events of the hub: what it tells by itself. */
export interface HubEvents {
  ConversationUpdated(update: ConversationUpdated): void;
  Draining(draining: Draining): void;
  Entry(entry: EntryResponse): void;
  Evicted(evicted: Evicted): void;
  Receipt(receipt: Receipt): void;
  Reminder(reminder: ReminderResponse): void;
  Presence(presence: PresenceState): void;
  Resync(resync: Resync): void;
  Typing(typing: TypingState): void;
}

export type HubMethod = keyof HubMethods;
export type HubArguments<M extends HubMethod> = Parameters<HubMethods[M]>;
export type HubResult<M extends HubMethod> = ReturnType<HubMethods[M]>;
