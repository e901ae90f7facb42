using Caas.Core.Callers;

namespace Caas.Core.Entries;

/// <summary>Makes drafts: ids, times and actors are the server's to set, never the client's.</summary>
public sealed class EntryDrafts(IdGenerator ids, TimeProvider clock)
{
    /// <param name="clientId">The caller's id for this call; null: one is made.</param>
    /// <param name="target">See <see cref="EntryTarget"/>.</param>
    public EntryDraft Create(Caller caller, LogId log, string type, string contentHash, long target, string? clientId) => new()
    {
        Log = log,
        Id = ids.Next(),
        Type = type,
        ActorId = caller.User?.Value,
        At = Now(),
        ClientMessageId = clientId ?? "$" + ids.Next(),
        ContentHash = contentHash,
        Target = target,
    };

    /// <summary>Whole milliseconds, as stores keep them: the first answer and every later one say the same.</summary>
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
}
