using Caas.Core.Entries;

namespace Caas.Core.Typing;

/// <summary>Somebody who is typing.</summary>
/// <param name="Name">As it was when the typing began.</param>
/// <param name="StartedAt">In whole milliseconds.</param>
public sealed record Typist(UserId User, string Name, DateTimeOffset StartedAt);

/// <summary>Who is typing where, for those who ask: shared by all processes, in Redis. It never fails a call; while nobody keeps it, each process knows its own.</summary>
public interface ITypingStore
{
    /// <summary>Notes that somebody types, for <paramref name="lifetime"/> unless noted again.</summary>
    Task StartAsync(LogId log, Typist typist, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Forgets it, unless the typing began after <paramref name="notAfter"/>.</summary>
    Task StopAsync(LogId log, UserId user, DateTimeOffset notAfter, CancellationToken cancellationToken);

    /// <summary>Who is typing, in the order in which they began.</summary>
    Task<IReadOnlyList<Typist>> ListAsync(LogId log, CancellationToken cancellationToken);
}
