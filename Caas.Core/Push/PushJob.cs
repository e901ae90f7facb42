using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Core.Push;

/// <summary>One entry for one device.</summary>
/// <param name="DueAt">In whole milliseconds.</param>
public sealed record PushJob(TenantId Tenant, UserId User, string Device, ConversationId Conversation, long Seq, NotificationKind Kind, NotificationPriority Priority, int Attempts, DateTimeOffset DueAt)
{
    /// <summary>What takes the place of one another on a device: what happens in one conversation, by type. It is the same each time that a push is tried.</summary>
    public string CollapseId => Notifications.NotificationRow.IdOf(Notifications.NotificationRow.TypeOf(Kind), Conversation);

    public LogId Log => LogId.Of(Tenant, Conversation);
}

/// <summary>What is to be pushed, and what was.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IPushStore
{
    /// <summary>Stores jobs that wait; of one that is there, whatever became of it, nothing changes: an entry goes to a device once.</summary>
    Task AddAsync(IReadOnlyList<PushJob> jobs, CancellationToken cancellationToken);

    /// <summary>Those that wait and whose time has come, of all tenants, the longest due first.</summary>
    Task<IReadOnlyList<PushJob>> ListDueAsync(DateTimeOffset at, int limit, CancellationToken cancellationToken);

    /// <summary>They are not to be pushed any more. They stay, so that they do not come again.</summary>
    Task FinishAsync(IReadOnlyList<PushJob> jobs, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Keeps a job's <see cref="PushJob.Attempts"/> and <see cref="PushJob.DueAt"/>, unless it is finished.</summary>
    Task RetryAsync(PushJob job, CancellationToken cancellationToken);

    /// <summary>Forgets jobs that were finished before a time, at most <paramref name="limit"/>.</summary>
    /// <returns>How many.</returns>
    Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellationToken);
}
