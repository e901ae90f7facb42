using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Core.Conversations;

/// <summary>A conversation's projection: what its log's entries with target <c>Log</c> add up to, and the projector's summary of its activity.</summary>
public sealed record Conversation
{
    public required TenantId Tenant { get; init; }
    public required ConversationId Id { get; init; }
    public required ConversationType Type { get; init; }
    public string? Name { get; init; }
    public JsonElement? Custom { get; init; }

    /// <summary>The user who created it; null: the backend.</summary>
    public string? CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Set once it is deleted: a tombstone, its id is never given again.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
    public int MemberCount { get; init; }

    /// <summary>Only those who moderate it may write.</summary>
    public bool Frozen { get; init; }

    /// <summary>How long others wait between two messages; 0: they do not.</summary>
    public int SlowModeSeconds { get; init; }

    /// <summary>The seq of the last entry folded into the fields above and into the members.</summary>
    public required long Rev { get; init; }

    /// <summary>The projector's: follows the log within a second.</summary>
    public ConversationSummary Summary { get; init; } = new(0, 0, 0, default);

    public LogId Log => LogId.Of(Tenant, Id);
}

/// <summary>How far a conversation's log has come, as the projector saw it.</summary>
/// <param name="LastSeq">The newest entry.</param>
/// <param name="LastMessageNo">How many messages there are.</param>
/// <param name="LastMessageSeq">The newest message; 0: none.</param>
/// <param name="LastActivityAt">When the newest message was sent; of a conversation without one, when it was created.</param>
public sealed record ConversationSummary(long LastSeq, long LastMessageNo, long LastMessageSeq, DateTimeOffset LastActivityAt);
