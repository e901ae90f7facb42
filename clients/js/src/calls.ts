import { Emitter } from './emitter.js';
import { CaasError, LinkLost } from './errors.js';
import type { Link } from './link.js';
import type {
  CallAccepted, CallDeclined, CallEnded, CallMediaState, CallParticipantChanged, CallQualityReport, CallRinging, CallSignal, CallSignalRequest, IceServersResponse, LiveCall, StartCallRequest,
} from './wire.js';

/** What is told of calls. */
export interface CallEvents {
  /** Somebody calls; perhaps told twice. */
  ringing: CallRinging;
  /** Somebody has answered or joined. Of oneself, on a device that did not: another one has the call now. */
  accepted: CallAccepted;
  declined: CallDeclined;
  /** Somebody's place in a call, or what they send, is another than before. */
  changed: CallParticipantChanged;
  /** A call is over. Perhaps told twice, and perhaps before {@link Calls.start} is answered. */
  ended: CallEnded;
  /** What another participant's device says to this one, in order. */
  signal: CallSignal;
}

/** One event about calls. */
export type CallNews = { [E in keyof CallEvents]: { event: E; value: CallEvents[E] } }[keyof CallEvents];

/**
 * Calls between users, as the hub has them: what carries sound and pictures is the browser's `RTCPeerConnection`. A call belongs to the link that started, accepted or resumed it: when the
 * connection's `state` says that there is a new one, {@link resume} comes back to it, within 20 s. Every method throws {@link CaasError}, `unavailable` when the link was lost meanwhile.
 */
export class Calls {
  private readonly emitter: Emitter<CallEvents>;

  /**
   * @param linked the link, as soon as there is one.
   * @param fault told of listeners that fail.
   */
  constructor(private readonly linked: () => Promise<Link>, fault: (fault: unknown) => void) {
    this.emitter = new Emitter(fault);
  }

  /** @returns ends it. */
  on<K extends keyof CallEvents>(event: K, listener: (value: CallEvents[K]) => void): () => void {
    return this.emitter.on(event, listener);
  }

  /** STUN and TURN servers as `RTCPeerConnection` takes them, with credentials for this user; to be asked for anew for each call. */
  iceServers(): Promise<IceServersResponse> {
    return this.ask((link) => link.call('GetIceServers'));
  }

  /** Calls a user, or the members of a conversation; joins the call that is there already. */
  start(call: StartCallRequest): Promise<LiveCall> {
    return this.ask((link) => link.call('StartCall', call));
  }

  /** Answers a call, or joins one that goes on. */
  accept(callId: string): Promise<LiveCall> {
    return this.ask((link) => link.call('AcceptCall', callId));
  }

  /** Comes back to a call, or takes it over from another device. */
  resume(callId: string): Promise<LiveCall> {
    return this.ask((link) => link.call('ResumeCall', callId));
  }

  decline(callId: string, reason: 'declined' | 'busy' = 'declined'): Promise<void> {
    return this.ask((link) => link.call('DeclineCall', callId, reason));
  }

  /** Hangs up. */
  leave(callId: string): Promise<void> {
    return this.ask((link) => link.call('LeaveCall', callId));
  }

  /** Rings other members of the conversation. */
  invite(callId: string, userIds: readonly string[]): Promise<void> {
    return this.ask((link) => link.call('InviteToCall', callId, [...userIds]));
  }

  /** Takes somebody out of a call of a group. */
  remove(callId: string, userId: string): Promise<void> {
    return this.ask((link) => link.call('RemoveFromCall', callId, userId));
  }

  /** Whether microphone and camera are on. */
  setMedia(callId: string, media: CallMediaState): Promise<void> {
    return this.ask((link) => link.call('SetCallMedia', callId, media));
  }

  /** Says something to another participant's device. */
  signal(callId: string, toUserId: string, signal: CallSignalRequest): Promise<void> {
    return this.ask((link) => link.call('Signal', callId, toUserId, signal));
  }

  /** What the device measures, best every 5 to 15 s. */
  report(callId: string, report: CallQualityReport): Promise<void> {
    return this.ask((link) => link.call('ReportCallQuality', callId, report));
  }

  /** The service told of something. */
  push(news: CallNews): void {
    this.emitter.emit(news.event, news.value as never);
  }

  private async ask<T>(call: (link: Link) => Promise<T>): Promise<T> {
    const link = await this.linked();
    try {
      return await call(link);
    } catch (error) {
      throw error instanceof LinkLost ? new CaasError('unavailable', 'The link was lost.', { cause: error }) : error;
    }
  }
}
