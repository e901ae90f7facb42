using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Caas.Client;

/// <summary>A realtime connection of one user.</summary>
public sealed record CaasConnectionOptions
{
    /// <summary>The gateway, which sends each connection to its least loaded replica; or one replica, to stay with it. Absolute http(s), without the hub's path.</summary>
    public required Uri Url { get; init; }

    /// <summary>
    /// Gives the user's token, as the app's backend hands it out. Asked before the first connect, before the token it gave ends, and at a reconnect where that one is no longer good.
    /// What it throws is tried again, unless it is a <see cref="CaasException"/> whose code ends the connection (<c>token_revoked</c>, <c>user_deactivated</c>, <c>banned</c>, …).
    /// </summary>
    public required Func<CancellationToken, Task<string>> Token { get; init; }

    /// <summary>How long to wait before the nth try in a row, from 0. Default <see cref="FullJitter"/>.</summary>
    public Func<int, TimeSpan> ReconnectDelay { get; init; } = FullJitter;

    /// <summary>How long one try to connect may take. Default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a call may go unanswered before the connection is given up for a new one, on which it is sent again. Default 30 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the server may be silent before the connection is given up; the server pings every 15 s. Default 30 s.</summary>
    public TimeSpan ServerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many calls of one conversation may wait to be sent before <see cref="CaasConnection.QueueAsync"/> waits, 1 or more. Default 1,000.</summary>
    public int SendQueue { get; init; } = 1_000;

    /// <summary>How many entries of one conversation may wait for a consumer, 10 or more. Beyond it live entries are let go and read from the log when the consumer comes to them. Default 1,000.</summary>
    public int EntryBuffer { get; init; } = 1_000;

    /// <summary>How long an entry that came early waits for the one before it, before that is read from the log. Default 100 ms.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Changes how SignalR connects, such as its transports, proxy or headers. The address, token and error handling are set already.</summary>
    public Action<Microsoft.AspNetCore.Http.Connections.Client.HttpConnectionOptions>? ConfigureHttp { get; init; }

    /// <summary>Changes the hub connection, such as its protocol; it must carry the JSON of <see cref="Contracts.CaasJson"/>.</summary>
    public Action<IHubConnectionBuilder>? ConfigureHub { get; init; }

    internal void Require()
    {
        if (!Url.IsAbsoluteUri || Url.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException("It must be an absolute http or https URL.", nameof(Url));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(SendQueue, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(EntryBuffer, 10);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AnswerTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(Hold, TimeSpan.Zero);
    }

    /// <summary>At once, then anywhere between zero and 0.5 s, 1 s, 2 s … 30 s: those who lost the same server do not come back in step.</summary>
    /// <remarks>"Full jitter" of Marc Brooker, Exponential Backoff And Jitter (AWS Architecture Blog, 2015).</remarks>
    public static TimeSpan FullJitter(int attempt) =>
        attempt <= 0 ? TimeSpan.Zero : Random.Shared.NextDouble() * TimeSpan.FromSeconds(Math.Min(30, 0.5 * Math.Pow(2, Math.Min(attempt - 1, 10))));
}
