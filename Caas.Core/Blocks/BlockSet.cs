using Caas.Core.Conversations;
using Caas.Core.Entries;

namespace Caas.Core.Blocks;

/// <summary>Whom one user blocks, and who blocks that user.</summary>
/// <param name="blocked">Each once, with the time since when.</param>
public sealed class BlockSet(IEnumerable<(string User, DateTimeOffset Since)> blocked, IEnumerable<string> blockedBy)
{
    public static readonly BlockSet None = new([], []);

    private readonly Dictionary<string, DateTimeOffset> _blocked = blocked.ToDictionary(one => one.User, one => one.Since, StringComparer.Ordinal);

    public IReadOnlyCollection<string> Blocked => _blocked.Keys;

    public IReadOnlySet<string> BlockedBy { get; } = blockedBy.ToHashSet(StringComparer.Ordinal);

    /// <summary>Since when the user blocks another; null: not.</summary>
    public DateTimeOffset? Since(string user) => _blocked.TryGetValue(user, out var at) ? at : null;

    public bool IsEmpty => _blocked.Count == 0 && BlockedBy.Count == 0;

    /// <summary>Whether one of the two blocks the other.</summary>
    public bool Between(string user) => _blocked.ContainsKey(user) || BlockedBy.Contains(user);

    /// <summary>Whose messages the user does not see in a conversation: in a direct one both ways, elsewhere of those whom the user blocks.</summary>
    public IEnumerable<string> HiddenIn(LogId log) => ConversationRules.IsDirect(log.Name) ? Blocked.Union(BlockedBy) : Blocked;

    /// <summary>Whether the user does not see this sender's messages in a conversation.</summary>
    public bool Hides(LogId log, string? sender) =>
        sender is not null && (_blocked.ContainsKey(sender) || (BlockedBy.Contains(sender) && ConversationRules.IsDirect(log.Name)));
}
