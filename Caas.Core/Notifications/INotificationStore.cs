using Caas.Core.Entries;

namespace Caas.Core.Notifications;

/// <summary>Users' inboxes: one row per user, type and conversation.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface INotificationStore
{
    /// <summary>What users have under an id, read or not.</summary>
    Task<IReadOnlyList<NotificationRow>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> users, string id, CancellationToken cancellationToken);

    /// <summary>Stores each where what is stored points to an older entry: the same ones again change nothing, also when they were read meanwhile.</summary>
    Task SaveAsync(IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken);

    /// <summary>A user's, the newest first (by <see cref="NotificationRow.UpdatedAt"/>, then by id, both descending), behind <paramref name="after"/>.</summary>
    Task<IReadOnlyList<NotificationRow>> ListAsync(TenantId tenant, UserId user, NotificationRows which, NotificationPlace? after, int limit, CancellationToken cancellationToken);

    /// <summary>How many the inbox shows that are unread.</summary>
    Task<long> CountUnreadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken);

    /// <summary>Marks those of a user as read that are not.</summary>
    /// <param name="ids">Null: all.</param>
    /// <param name="upTo">Only those that point no further; null: wherever they point.</param>
    Task ReadAsync(TenantId tenant, UserId user, IReadOnlyCollection<string>? ids, long? upTo, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>The mail about them was sent: those that point to the same entry still are not to be mailed again.</summary>
    Task MailedAsync(IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken);

    /// <summary>Marks as read what users have read in conversations: their notifications of messages and mentions that point no further.</summary>
    /// <returns>Of whom one was unread before.</returns>
    Task<IReadOnlyList<(TenantId Tenant, UserId User)>> ReadUpToAsync(IReadOnlyList<ReadMark> marks, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>All users' rows of a conversation whose entries reach into a stretch of its log, by <see cref="NotificationRow.FirstSeq"/>, then in an order of the store's own, behind <paramref name="after"/>.</summary>
    Task<IReadOnlyList<NotificationRow>> ListAroundAsync(TenantId tenant, ConversationId conversation, NotificationStretch stretch, NotificationRow? after, int limit, CancellationToken cancellationToken);

    /// <summary>Puts a row in the place of another of the same id, or nothing, where what is stored stands for the same entries still; whether it is read stays as it is.</summary>
    Task ReplaceAsync(IReadOnlyList<(NotificationRow Row, NotificationRow? By)> changes, CancellationToken cancellationToken);
}

/// <summary>A stretch of a conversation's log, both ends in it.</summary>
/// <param name="Mentions">Of rows that reach into it only those of mentions.</param>
public sealed record NotificationStretch(long From, long To, bool Mentions = false)
{
    public static readonly NotificationStretch All = new(0, long.MaxValue);

    public static NotificationStretch At(long seq) => new(seq, seq);
}

/// <summary>A user has read a conversation up to an entry.</summary>
public sealed record ReadMark(TenantId Tenant, UserId User, ConversationId Conversation, long Seq);
