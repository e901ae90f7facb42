using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Notifications;
using Caas.Core.Timed;

namespace Caas.Core.Push;

/// <summary>One entry for one device.</summary>
/// <param name="DueAt">In whole milliseconds.</param>
public sealed record PushJob(TenantId Tenant, UserId User, string Device, ConversationId Conversation, long Seq, NotificationKind Kind, NotificationPriority Priority, int Attempts, DateTimeOffset DueAt)
{
    /// <summary>When it happened, in whole milliseconds.</summary>
    public DateTimeOffset At { get; init; } = DueAt;

    /// <summary>Who is asked to deliver it: a service of whom the platform knows that it answers, or the host that a browser named.</summary>
    public string Service { get; init; } = "";

    public bool IsCall => Kind == NotificationKind.Call;

    /// <summary>What takes the place of one another on a device: what happens in one conversation, by type. It is the same each time that a push is tried.</summary>
    public string CollapseId => NotificationRow.IdOf(NotificationRow.TypeOf(Kind), Conversation);

    /// <summary>The kinds that collapse with it.</summary>
    public IEnumerable<NotificationKind> CollapsedKinds => Enum.GetValues<NotificationKind>().Where(kind => NotificationRow.TypeOf(kind) == NotificationRow.TypeOf(Kind) && (kind == NotificationKind.Call) == IsCall);

    public LogId Log => LogId.Of(Tenant, Conversation);

    public static PushJob Of(Happening happening, Device device, Addressee addressee, DateTimeOffset due) =>
        new(happening.Log.Tenant, device.User, device.Id, happening.Conversation, happening.Seq, addressee.Kind, addressee.Decision.Priority, 0, due)
        {
            At = TimedRules.Whole(happening.At),
            Service = device.Address.Subscription is { } browser && Uri.TryCreate(browser.Endpoint, UriKind.Absolute, out var endpoint) ? endpoint.Host : device.Address.Platform.ToString(),
        };
}

/// <summary>What is to be pushed, and what was.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IPushStore
{
    /// <summary>Stores jobs that wait; of one that is there, whatever became of it, nothing changes: an entry goes to a device once.</summary>
    Task AddAsync(IReadOnlyList<PushJob> jobs, CancellationToken cancellationToken);

    /// <summary>Those that wait and whose time has come, of all tenants, the longest due first: calls, or all that are none.</summary>
    /// <param name="without">Jobs that need one of these <see cref="PushPlaces"/> are left out, however many they are.</param>
    Task<IReadOnlyList<PushJob>> ListDueAsync(DateTimeOffset at, bool calls, IReadOnlyCollection<string> without, int limit, CancellationToken cancellationToken);

    /// <summary>They are not to be pushed any more. They stay, so that they do not come again.</summary>
    Task FinishAsync(IReadOnlyList<PushJob> jobs, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>The same for a job and those of its device before it that it stands for (<see cref="PushJob.CollapseId"/>), due or not.</summary>
    Task FinishUpToAsync(PushJob job, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Keeps a job's <see cref="PushJob.Attempts"/> and <see cref="PushJob.DueAt"/>, unless it is finished.</summary>
    Task RetryAsync(PushJob job, CancellationToken cancellationToken);

    /// <summary>Forgets jobs that were finished before a time, at most <paramref name="limit"/>.</summary>
    /// <returns>How many.</returns>
    Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellationToken);
}
