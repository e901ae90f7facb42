namespace Caas.Client;

/// <summary>How a <see cref="CaasConnection"/> stands.</summary>
public enum ConnectionState
{
    /// <summary>Not begun yet.</summary>
    Disconnected,

    /// <summary>Connects for the first time, however often that takes.</summary>
    Connecting,

    /// <summary>Connected. Each conversation catches up by itself.</summary>
    Connected,

    /// <summary>Was connected and will be again; nothing is lost meanwhile.</summary>
    Reconnecting,

    /// <summary>Over for good: disposed, or for a reason that trying again does not heal. <see cref="StateChange.Code"/> tells.</summary>
    Ended,
}

/// <summary>A connection's new state.</summary>
/// <param name="Code">Why: the server's code, the reason of its eviction, <c>draining</c>, or one of <see cref="ClientCodes"/>; null when it went well.</param>
/// <param name="Detail">The same for people.</param>
/// <param name="RetryIn">While it reconnects: after how long it tries next.</param>
/// <param name="Attempt">How many tries have failed in a row.</param>
public sealed record StateChange(ConnectionState State, string? Code = null, string? Detail = null, TimeSpan? RetryIn = null, int Attempt = 0);
