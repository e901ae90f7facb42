using Caas.Contracts;

namespace Caas.Core.Notifications;

/// <summary>A notification as it is kept: what it points to, never what that says.</summary>
public sealed record NotificationRow
{
    public required TenantId Tenant { get; init; }
    public required UserId User { get; init; }
    public required NotificationKind Kind { get; init; }
    public required NotificationPriority Priority { get; init; }
    public required ConversationId Conversation { get; init; }

    /// <summary>The newest entry that it stands for.</summary>
    public required long Seq { get; init; }

    /// <summary>Those before it that it stands for, too; of many the newest.</summary>
    public EntrySeqs Earlier { get; init; } = EntrySeqs.None;
    public required string? Actor { get; init; }
    public required long Count { get; init; }

    /// <summary>In whole milliseconds.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>In whole milliseconds.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>Whether the inbox shows it: who wants no inbox has rows for other ways alone.</summary>
    public bool InApp { get; init; } = true;

    /// <summary>Whether the next mail is about it, if it is unread then.</summary>
    public bool ToMail { get; init; }

    public NotificationType Type => TypeOf(Kind);

    public string Id => IdOf(Type, Conversation);

    /// <summary>The oldest entry of which is known that it stands for it.</summary>
    public long FirstSeq => Earlier.Items is [var first, ..] ? first : Seq;

    /// <summary>Whether it is about messages: it goes with them.</summary>
    public bool IsOfMessages => Type is NotificationType.Messages or NotificationType.Mentions;

    public static string IdOf(NotificationType type, ConversationId conversation) => $"{type.ToString().ToLowerInvariant()}:{conversation}";

    public static NotificationType TypeOf(NotificationKind kind) => kind switch
    {
        NotificationKind.Message => NotificationType.Messages,
        NotificationKind.Mention => NotificationType.Mentions,
        NotificationKind.Call or NotificationKind.MissedCall => NotificationType.Calls,
        _ => NotificationType.System,
    };

    /// <summary>What this becomes when something else happens: one that grows while it is unread, or a new one.</summary>
    /// <param name="known">What is kept under its id.</param>
    /// <returns>Null: what happened is in it already.</returns>
    public NotificationRow? After(NotificationRow? known) =>
        known is null ? this
            : known.Seq >= Seq ? null
            : known.ReadAt is not null ? this
            : this with { Count = known.Count + 1, CreatedAt = known.CreatedAt, ToMail = ToMail || known.ToMail, Earlier = known.Earlier.And(known.Seq) };

    public bool StandsFor(long seq) => Seq == seq || Earlier.Items.Contains(seq);

    /// <summary>What is left of it when only some of its entries stand.</summary>
    /// <param name="standing">Who did those that stand, and when.</param>
    /// <returns>Null: nothing.</returns>
    public NotificationRow? Within(IReadOnlyDictionary<long, (string? Actor, DateTimeOffset At)> standing)
    {
        long[] all = [.. Earlier.Items, Seq];
        long[] left = [.. all.Where(standing.ContainsKey)];
        if (left is not [.. var before, var newest])
        {
            return null;
        }

        var less = this with { Seq = newest, Earlier = new(before), Count = Math.Max(left.Length, Count - (all.Length - left.Length)) };
        return newest == Seq ? less : less with { Actor = standing[newest].Actor, UpdatedAt = standing[newest].At };
    }
}

/// <summary>Which of a user's rows are meant.</summary>
public enum NotificationRows
{
    /// <summary>Those that the inbox shows.</summary>
    Inbox,

    /// <summary>Of those the unread ones.</summary>
    Unread,

    /// <summary>The unread ones that the next mail is about, whether the inbox shows them or not.</summary>
    ToMail,

    /// <summary>All that is kept.</summary>
    Kept,
}

/// <summary>Where a page of an inbox goes on.</summary>
public sealed record NotificationPlace(DateTimeOffset UpdatedAt, string Id);
