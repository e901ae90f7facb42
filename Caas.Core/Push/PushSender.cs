using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Timed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Push;

/// <summary>What pushes are read from and made of.</summary>
public sealed record PushSources(IPushStore Pushes, IDeviceStore Devices, DeliveryAccountDirectory Accounts, DeviceAccounts Belongs, PushMaker Maker);

/// <summary>How a push ends that is not sent.</summary>
public sealed record PushEnds(DeadLetterBox Letters, DeviceMetrics Devices, PushMetrics Metrics);

/// <summary>Sends what waits for one device, one push after the other: the newest of each conversation and type, which stands for those before it.</summary>
public sealed partial class PushSender(PushSources sources, IEnumerable<IPushProvider> providers, PushEnds ends, IOptions<PushOptions> options, TimeProvider clock, ILogger<PushSender> logger)
{
    /// <summary>A call does not ring for longer.</summary>
    private const int CallAttempts = 3;

    private readonly Dictionary<DevicePlatform, IPushProvider> _providers = providers.ToDictionary(provider => provider.Platform);
    private readonly PushPauses _pauses = new(clock);

    /// <summary>Once the device's service wants to be asked later, or does not answer, the rest waits as long, and so does what comes meanwhile: it is not tried, and none of its attempts is gone.</summary>
    /// <param name="jobs">All of one device.</param>
    public async Task SendAsync(IReadOnlyList<PushJob> jobs, CancellationToken cancellationToken)
    {
        var later = jobs.Count == 0 ? null : _pauses.Find(jobs[0]);
        foreach (var group in jobs.GroupBy(job => job.CollapseId).OrderBy(group => group.Max(job => job.DueAt)))
        {
            PushJob[] newestFirst = [.. group.OrderByDescending(job => job.Seq)];
            if (later is { } due)
            {
                await PutOffAsync(newestFirst, due, cancellationToken);
            }
            else
            {
                later = await SendNewestAsync(newestFirst, cancellationToken);
            }
        }
    }

    /// <summary>The newest stands for those before it, until its message is gone: then the one before does.</summary>
    /// <returns>When it is tried again; null: it is not.</returns>
    private async Task<DateTimeOffset?> SendNewestAsync(PushJob[] newestFirst, CancellationToken cancellationToken)
    {
        var device = await sources.Devices.FindAsync(newestFirst[0].Tenant, newestFirst[0].User, newestFirst[0].Device, cancellationToken);
        for (var n = 0; n < newestFirst.Length; n++)
        {
            var job = newestFirst[n];
            var (result, account, othersStand) = device is null ? (null, null, false) : await TryAsync(job, device, cancellationToken);
            if (result is not null)
            {
                var due = await EndAsync(job, device!, sources.Belongs.Judge(device!, result, account), cancellationToken);
                if (result.Outcome == PushOutcome.Sent && account is not null && account != device!.Address.Account)
                {
                    await sources.Devices.KeepAccountAsync(device, account, cancellationToken);
                }

                await PutOffAsync(due is null ? [] : newestFirst[(n + 1)..], due.GetValueOrDefault(), cancellationToken);
                return due;
            }

            // The device is gone, or what it would be told of is read, deleted, hidden, or rings no more.
            await (othersStand ? sources.Pushes.FinishAsync([job], Now(), cancellationToken) : sources.Pushes.FinishUpToAsync(job, Now(), cancellationToken));
            ends.Metrics.Ended(device?.Address.Platform, "withdrawn");
            if (!othersStand)
            {
                return null;
            }
        }

        return null;
    }

    private async Task PutOffAsync(IReadOnlyList<PushJob> jobs, DateTimeOffset due, CancellationToken cancellationToken)
    {
        foreach (var job in jobs)
        {
            await sources.Pushes.RetryAsync(job with { DueAt = due }, cancellationToken);
        }
    }

    /// <returns>No result: there is nothing to send. Otherwise also with which account it was sent.</returns>
    private async Task<(PushResult? Result, string? Account, bool OthersStand)> TryAsync(PushJob job, Device device, CancellationToken cancellationToken)
    {
        try
        {
            var made = await sources.Maker.MakeAsync(job, device, cancellationToken);
            if (made.Push is not { } push || !_providers.TryGetValue(device.Address.Platform, out var provider))
            {
                return (null, null, made.OthersStand);
            }

            var accounts = await sources.Accounts.FindPushAsync(job.Tenant, cancellationToken);
            var account = await sources.Belongs.NameAsync(job.Tenant, device.Address.Platform, accounts, cancellationToken);
            var began = clock.GetTimestamp();
            var result = await provider.SendAsync(push, accounts, cancellationToken);
            ends.Metrics.Took(device.Address.Platform, clock.GetElapsedTime(began));
            return (result, account, false);
        }
#pragma warning disable CA1031 // An account that cannot be opened, say: it counts as an attempt, so that it is not tried for ever.
        catch (Exception exception) when (exception is not StoreUnavailableException && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogBroken(exception, device.Address.Platform, job.Tenant, job.Conversation, job.Seq);
            return (new(PushOutcome.Later, exception.GetType().Name), null, false);
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
                _pauses.Set(job, due);
                LogLater(platform, job.Tenant, job.Conversation, job.Seq, result.Reason, job.Attempts + 1, pause);
                ends.Metrics.Ended(platform, "later");
                return due;
            case PushOutcome.Later or PushOutcome.Rejected or PushOutcome.Mismatched:
                LogLost(platform, job.Tenant, job.Conversation, job.Seq, result.Reason, job.Attempts + 1);
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

        await sources.Pushes.FinishUpToAsync(job, Now(), cancellationToken);
        ends.Metrics.Ended(platform, result.Outcome.ToString().ToLowerInvariant());
        return null;
    }

    private DateTimeOffset Now() => TimedRules.Whole(clock.GetUtcNow());

    [LoggerMessage(1483, LogLevel.Error, "A push to {Platform} broke off (tenant {Tenant}, conversation {Conversation}, entry {Seq}); it counts as an attempt.")]
    private partial void LogBroken(Exception exception, DevicePlatform platform, TenantId tenant, ConversationId conversation, long seq);

    [LoggerMessage(1481, LogLevel.Information, "{Platform} did not take a push of tenant {Tenant} (conversation {Conversation}, entry {Seq}): {Reason}, attempt {Attempt}; it is tried again in {Pause}.")]
    private partial void LogLater(DevicePlatform platform, TenantId tenant, ConversationId conversation, long seq, string? reason, int attempt, TimeSpan pause);

    [LoggerMessage(1482, LogLevel.Warning, "{Platform} did not take a push of tenant {Tenant} (conversation {Conversation}, entry {Seq}): {Reason}, attempt {Attempt}; it goes to the dead letters.")]
    private partial void LogLost(DevicePlatform platform, TenantId tenant, ConversationId conversation, long seq, string? reason, int attempt);
}
