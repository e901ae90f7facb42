using Caas.Contracts;
using Caas.Core.OwnViews;

namespace Caas.Core.Members;

/// <summary>A member's projection. A removed one stays as a row, so that an older entry cannot bring it back.</summary>
public sealed record Member
{
    public required TenantId Tenant { get; init; }
    public required ConversationId Conversation { get; init; }
    public required UserId User { get; init; }
    public required MemberRole Role { get; init; }
    public required DateTimeOffset JoinedAt { get; init; }

    /// <summary>The seq of the entry that added the user (the last time).</summary>
    public required long JoinedSeq { get; init; }
    public bool Removed { get; init; }

    /// <summary>The seq of the last entry that is folded in: the latest wins.</summary>
    public required long Rev { get; init; }

    /// <summary>Read up to here; only moves forward. A fold raises it (who joins again starts at the entry that said so) and never lowers it.</summary>
    public long ReadSeq { get; init; }

    /// <summary>How many messages the log holds up to <see cref="ReadSeq"/>: unread ones are counted from here.</summary>
    public long ReadMessageNo { get; init; }

    /// <summary>Has everything up to here; never behind <see cref="ReadSeq"/>, and moves as that does.</summary>
    public long DeliveredSeq { get; init; }

    /// <summary>How the member sees the conversation. Not a fold's to set.</summary>
    public OwnView View { get; init; } = OwnView.Plain;
}
