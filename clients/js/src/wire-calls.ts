// Calls, as they go over the wire.

import type { Json, Timestamp } from './wire-log.js';

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
