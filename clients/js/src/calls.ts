import { CaasError, LinkLost } from './errors.js';
import type { Link } from './link.js';
import type { IceServersResponse } from './wire.js';

/** Calls between users, as the hub has them: what carries sound and pictures is the browser's `RTCPeerConnection`. */
export class Calls {
  /** @param linked the link, as soon as there is one. */
  constructor(private readonly linked: () => Promise<Link>) {}

  /** STUN and TURN servers as `RTCPeerConnection` takes them, with credentials for this user; to be asked for anew for each call. @throws {CaasError} `unavailable` when the link was lost. */
  iceServers(): Promise<IceServersResponse> {
    return this.ask((link) => link.call('GetIceServers'));
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
