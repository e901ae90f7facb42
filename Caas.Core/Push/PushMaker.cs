using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Notifications;
using Caas.Core.Users;

namespace Caas.Core.Push;

/// <summary>A push, or why there is none.</summary>
/// <param name="Push">Null: there is nothing to tell any more.</param>
/// <param name="OthersStand">Whether those before it may still be told: its message alone is gone.</param>
public sealed record MadePush(Push? Push, bool OthersStand = false)
{
    public static readonly MadePush Nothing = new(Push: null);
}

/// <summary>Makes a push of what waits, as it is when it is sent: what was read meanwhile, deleted or hidden, or rings no more, is not told.</summary>
public sealed class PushMaker(IUserStore users, INotificationStore inbox, NotificationViews views, RingingCalls calls)
{
    public async Task<MadePush> MakeAsync(PushJob job, Device device, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(job.Tenant, job.User, cancellationToken) is not { DeactivatedAt: null } user)
        {
            return MadePush.Nothing;
        }

        var call = job.IsCall ? await calls.FindAsync(job, cancellationToken) : null;
        if (job.IsCall && call is null)
        {
            return MadePush.Nothing;
        }

        // What rings stands in no inbox: what is there of calls is about those before.
        var kept = job.IsCall ? null : (await inbox.FindManyAsync(job.Tenant, [job.User], job.CollapseId, cancellationToken)) is [var found, ..] ? found : null;
        if (kept is { ReadAt: not null } && kept.Seq >= job.Seq)
        {
            return MadePush.Nothing;
        }

        // What it has grown to; where the message is gone that it points to, and the inbox has not heard of it, what waits for itself. Who wants no inbox is pushed all the same.
        var shaped = kept is { ReadAt: null } && kept.Seq >= job.Seq ? await ShapeAsync(user, kept, cancellationToken) : null;
        shaped ??= kept?.Seq == job.Seq ? null : await ShapeAsync(user, await RowOfAsync(job, cancellationToken), cancellationToken);
        return shaped is null
            ? new(Push: null, OthersStand: !job.IsCall)
            : new(new Push(job.Tenant, device.Address, shaped, job.CollapseId, await inbox.CountUnreadAsync(job.Tenant, job.User, cancellationToken), call));
    }

    private async Task<NotificationResponse?> ShapeAsync(User user, NotificationRow row, CancellationToken cancellationToken) =>
        await views.ShapeAsync(user, [row], cancellationToken, outside: true) is [var shaped] && (shaped.MessageId is not null || !row.IsOfMessages) ? shaped : null;

    private async Task<NotificationRow> RowOfAsync(PushJob job, CancellationToken cancellationToken) => new()
    {
        Tenant = job.Tenant,
        User = job.User,
        Kind = job.Kind,
        Priority = job.Priority,
        Conversation = job.Conversation,
        Seq = job.Seq,
        Actor = await views.ActorAsync(job.Log, job.Seq, cancellationToken),
        Count = 1,
        CreatedAt = job.DueAt,
        UpdatedAt = job.DueAt,
    };
}
