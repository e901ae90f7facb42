using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Notifications;
using Caas.Core.Timed;
using Caas.Core.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Push;

/// <summary>What a push is made from.</summary>
public sealed record PushSources(IPushStore Pushes, IDeviceStore Devices, IUserStore Users, INotificationStore Inbox, NotificationViews Views, DeliveryAccountDirectory Accounts, RingingCalls Calls);

/// <summary>How a push ends that is not sent.</summary>
public sealed record PushEnds(DeadLetterBox Letters, DeviceMetrics Devices, PushMetrics Metrics);

/// <summary>Sends what waits for one device, one push after the other: the newest of each conversation and type, which stands for those before it.</summary>
public sealed partial class PushSender(PushSources sources, IEnumerable<IPushProvider> providers, PushEnds ends, IOptions<PushOptions> options, TimeProvider clock, ILogger<PushSender> logger)
{
    /// <summary>A call does not ring for longer.</summary>
    private const int CallAttempts = 3;

    private readonly Dictionary<DevicePlatform, IPushProvider> _providers = providers.ToDictionary(provider => provider.Platform);

    /// <summary>Once the device's service wants to be asked later, or does not answer, the rest waits as long: it is not tried, and none of its attempts is gone.</summary>
    /// <param name="jobs">All of one device.</param>
    public async Task SendAsync(IReadOnlyList<PushJob> jobs, CancellationToken cancellationToken)
    {
        DateTimeOffset? later = null;
        foreach (var group in jobs.GroupBy(job => job.CollapseId).OrderBy(group => group.Max(job => job.DueAt)))
        {
            var newest = group.MaxBy(job => job.Seq)!;
            if (group.Count() > 1)
            {
                await sources.Pushes.FinishAsync([.. group.Where(job => job != newest)], Now(), cancellationToken);
            }

            if (later is { } due)
            {
                await sources.Pushes.RetryAsync(newest with { DueAt = due }, cancellationToken);
            }
            else
            {
                later = await SendAsync(newest, cancellationToken);
            }
        }
    }

    /// <returns>When it is tried again; null: it is not.</returns>
    private async Task<DateTimeOffset?> SendAsync(PushJob job, CancellationToken cancellationToken)
    {
        var device = await sources.Devices.FindAsync(job.Tenant, job.User, job.Device, cancellationToken);
        if (device is not null && await TryAsync(job, device, cancellationToken) is { } result)
        {
            return await EndAsync(job, device, result, cancellationToken);
        }

        // The device is gone, or what it would be told of is read, deleted, hidden, or rings no more.
        await sources.Pushes.FinishAsync([job], Now(), cancellationToken);
        ends.Metrics.Ended(device?.Address.Platform, "withdrawn");
        return null;
    }

    /// <returns>Null: there is nothing to send.</returns>
    private async Task<PushResult?> TryAsync(PushJob job, Device device, CancellationToken cancellationToken)
    {
        try
        {
            if (await MakeAsync(job, device, cancellationToken) is not { } push || !_providers.TryGetValue(device.Address.Platform, out var provider))
            {
                return null;
            }

            var accounts = await sources.Accounts.FindPushAsync(job.Tenant, cancellationToken);
            var began = clock.GetTimestamp();
            var result = await provider.SendAsync(push, accounts, cancellationToken);
            ends.Metrics.Took(device.Address.Platform, clock.GetElapsedTime(began));
            return result;
        }
#pragma warning disable CA1031 // An account that cannot be opened, say: it counts as an attempt, so that it is not tried for ever.
        catch (Exception exception) when (exception is not StoreUnavailableException && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogBroken(exception, device.Address.Platform);
            return new(PushOutcome.Later, exception.GetType().Name);
        }
    }

    private async Task<DateTimeOffset?> EndAsync(PushJob job, Device device, PushResult result, CancellationToken cancellationToken)
    {
        var platform = device.Address.Platform;
        switch (result.Outcome)
        {
            case PushOutcome.Later when job.Attempts + 1 < (job.Kind == NotificationKind.Call ? CallAttempts : options.Value.Attempts):
                var pause = new Backoff(options.Value.InitialBackoff * Math.Pow(2, job.Attempts), options.Value.MaxBackoff, clock).Next();
                pause = result.After > pause ? (result.After < options.Value.MaxBackoff ? result.After.Value : options.Value.MaxBackoff) : pause;
                var due = TimedRules.Whole(clock.GetUtcNow() + pause);
                await sources.Pushes.RetryAsync(job with { Attempts = job.Attempts + 1, DueAt = due }, cancellationToken);
                LogLater(platform, result.Reason, job.Attempts + 1, pause);
                ends.Metrics.Ended(platform, "later");
                return due;
            case PushOutcome.Later or PushOutcome.Rejected or PushOutcome.Mismatched:
                LogLost(platform, result.Reason, job.Attempts + 1);
                var record = $$"""{"device":"{{job.Device}}","conversationId":"{{job.Conversation}}","seq":{{job.Seq}},"kind":"{{job.Kind}}"}""";
                await ends.Letters.PutAsync(new("push", Topics.Notifications, $"{job.Tenant}/{job.User}", $"{job.Tenant}/{job.User}/{job.Device}/{job.Conversation}/{job.Seq}", record, $"{platform}: {result.Reason}", clock.GetUtcNow()), cancellationToken);
                break;
            case PushOutcome.Gone:
                if (await sources.Devices.RemoveTokenAsync(device, result.Voip, cancellationToken))
                {
                    ends.Devices.Removed("gone");
                }

                break;
        }

        await sources.Pushes.FinishAsync([job], Now(), cancellationToken);
        ends.Metrics.Ended(platform, result.Outcome.ToString().ToLowerInvariant());
        return null;
    }

    /// <returns>Null: there is nothing to tell any more.</returns>
    private async Task<Push?> MakeAsync(PushJob job, Device device, CancellationToken cancellationToken)
    {
        if (await sources.Users.FindAsync(job.Tenant, job.User, cancellationToken) is not { DeactivatedAt: null } user)
        {
            return null;
        }

        var call = job.IsCall ? await sources.Calls.FindAsync(job, cancellationToken) : null;
        if (job.IsCall && call is null)
        {
            return null;
        }

        // What rings stands in no inbox: what is there of calls is about those before.
        var kept = job.IsCall ? null : (await sources.Inbox.FindManyAsync(job.Tenant, [job.User], job.CollapseId, cancellationToken)) is [var found, ..] ? found : null;
        if (kept is { ReadAt: not null } && kept.Seq >= job.Seq)
        {
            return null;
        }

        // Who wants no inbox is pushed all the same.
        var row = kept is { ReadAt: null } && kept.Seq >= job.Seq ? kept : new()
        {
            Tenant = job.Tenant,
            User = job.User,
            Kind = job.Kind,
            Priority = job.Priority,
            Conversation = job.Conversation,
            Seq = job.Seq,
            Actor = await sources.Views.ActorAsync(job.Log, job.Seq, cancellationToken),
            Count = 1,
            CreatedAt = job.DueAt,
            UpdatedAt = job.DueAt,
        };
        return await sources.Views.ShapeAsync(user, [row], cancellationToken, outside: true) is not [var shaped] || shaped is { MessageId: null, Type: NotificationType.Messages or NotificationType.Mentions }
            ? null
            : new(job.Tenant, device.Address, shaped, job.CollapseId, await sources.Inbox.CountUnreadAsync(job.Tenant, job.User, cancellationToken), call);
    }

    private DateTimeOffset Now() => TimedRules.Whole(clock.GetUtcNow());

    [LoggerMessage(1483, LogLevel.Error, "A push to {Platform} broke off; it counts as an attempt.")]
    private partial void LogBroken(Exception exception, DevicePlatform platform);

    [LoggerMessage(1481, LogLevel.Warning, "{Platform} did not take a push ({Reason}, attempt {Attempt}); it is tried again in {Pause}.")]
    private partial void LogLater(DevicePlatform platform, string? reason, int attempt, TimeSpan pause);

    [LoggerMessage(1482, LogLevel.Error, "{Platform} did not take a push ({Reason}, attempt {Attempt}); it goes to the dead letters.")]
    private partial void LogLost(DevicePlatform platform, string? reason, int attempt);
}
