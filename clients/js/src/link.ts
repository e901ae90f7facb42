import { DefaultHttpClient, HttpClient, HttpError, HubConnectionBuilder, LogLevel, NullLogger, type HttpRequest, type HttpResponse, type HubConnection } from '@microsoft/signalr';
import { CaasError, LinkLost, messageOf, reasonOf } from './errors.js';
import type { HubArguments, HubEvents, HubMethod, HubResult } from './hub.js';
import { pause } from './time.js';

export interface LinkOptions {
  /** The gateway, or a replica. */
  url: string;
  /** Whether a redirect is followed. */
  redirects: boolean;
  token: () => string;
  /** Milliseconds that connecting may take. */
  connectTimeoutMs: number;
  /** Milliseconds that a call may take before the link counts as dead. */
  callTimeoutMs: number;
  /** Gives up connecting. */
  signal: AbortSignal;
  on: { readonly [E in keyof HubEvents]: HubEvents[E] };
}

/** One connection to one replica, from its beginning to its end. It does not come back: whoever needs one after it opens another. */
export class Link {
  /** Settles at the end: with what ended it, where something did. */
  readonly closed: Promise<LinkLost | undefined>;

  private retired = false;
  private calls = 0;
  private onIdle: (() => void) | undefined;

  private constructor(private readonly hub: HubConnection, private readonly options: LinkOptions) {
    this.closed = new Promise((resolve) =>
      hub.onclose((error) => {
        this.retired = true;
        resolve(error && new LinkLost(error));
      }),
    );
  }

  /** Calls may be made. */
  get alive(): boolean {
    return !this.retired;
  }

  /** @throws {CaasError} when it was refused in the service's own words. @throws {LinkLost} for anything else. */
  static async open(options: LinkOptions): Promise<Link> {
    const http = new NegotiatingHttpClient(options.redirects);
    const hub = new HubConnectionBuilder()
      .withUrl(`${options.url.replace(/\/+$/, '')}/realtime`, { accessTokenFactory: options.token, httpClient: http, timeout: options.connectTimeoutMs })
      .configureLogging(LogLevel.None)
      .build();
    for (const [event, listener] of Object.entries(options.on)) hub.on(event, listener);
    const link = new Link(hub, options);
    const bound = new AbortController();
    try {
      const late = pause(options.connectTimeoutMs, AbortSignal.any([bound.signal, options.signal])).then(() => Promise.reject(new Error(`No connection within ${options.connectTimeoutMs} ms.`)));
      await Promise.race([hub.start(), late]);
      return link;
    } catch (error) {
      void link.close();
      throw http.refusal ?? (http.failure === undefined ? new LinkLost(error) : new LinkLost(http.failure, `${options.url} cannot be reached: ${reasonOf(http.failure)}`));
    } finally {
      bound.abort();
    }
  }

  /**
   * Asks the hub. Calls of one link are carried out one after another, in this order.
   * @throws {CaasError} when it was refused. @throws {LinkLost} when there is no answer: it may have been done.
   */
  async call<M extends HubMethod>(method: M, ...args: HubArguments<M>): Promise<HubResult<M>> {
    if (this.retired) throw new LinkLost('The connection is being replaced.');
    this.calls++;
    const late = setTimeout(() => void this.close(), this.options.callTimeoutMs);
    try {
      return await this.hub.invoke<HubResult<M>>(method, ...args);
    } catch (error) {
      throw CaasError.parse(messageOf(error)) ?? new LinkLost(error);
    } finally {
      clearTimeout(late);
      if (--this.calls === 0) this.onIdle?.();
    }
  }

  /** Takes no more calls, lets those that run end, and closes. */
  async retire(patienceMs: number): Promise<void> {
    this.retired = true;
    if (this.calls > 0) {
      const idle = new AbortController();
      this.onIdle = () => idle.abort();
      await pause(patienceMs, idle.signal);
    }
    await this.close();
  }

  async close(): Promise<void> {
    this.retired = true;
    try {
      await this.hub.stop();
    } catch {
      // It is closed either way.
    }
  }
}

/** Negotiates as SignalR does, and keeps what it was refused with: SignalR itself makes one sentence of it. */
class NegotiatingHttpClient extends HttpClient {
  refusal: CaasError | undefined;

  /** What fetch itself failed with: it got no answer at all. */
  failure: TypeError | undefined;
  private readonly inner = new DefaultHttpClient(NullLogger.instance);

  constructor(private readonly redirects: boolean) {
    super();
  }

  override async send(request: HttpRequest): Promise<HttpResponse> {
    this.refusal = this.failure = undefined;
    try {
      const response = await this.inner.send(request);
      if (!this.redirects && request.url?.includes('/negotiate?') && typeof read(response.content)['url'] === 'string') {
        throw (this.refusal = new CaasError('not_a_replica', `${request.url.split('/realtime')[0]} sends clients to another address: give it as the gateway.`));
      }
      return response;
    } catch (error) {
      if (error instanceof TypeError) this.failure = error;
      if (error instanceof HttpError) {
        const problem = read(error.message.replace(/: Status code '\d+'$/, ''));
        if (typeof problem['code'] === 'string') {
          this.refusal = new CaasError(problem['code'], typeof problem['detail'] === 'string' ? problem['detail'] : '', {
            status: error.statusCode,
            retryAfterMs: typeof problem['retryAfterMs'] === 'number' ? problem['retryAfterMs'] : undefined,
          });
        }
      }
      throw error;
    }
  }

  override getCookieString(url: string): string {
    return this.inner.getCookieString(url);
  }
}

function read(content: string | ArrayBuffer | undefined): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(String(content));
    return typeof value === 'object' && value !== null ? (value as { readonly [key: string]: unknown }) : {};
  } catch {
    return {};
  }
}
