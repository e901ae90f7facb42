using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Json;
using Caas.Core.Tenants;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Webhooks;

/// <summary>What workers of webhooks work with.</summary>
public sealed record WebhookStores(IWebhookStore Webhooks, IWebhookDeliveryStore Deliveries, IFeedStore Feed);

/// <summary>What all workers of a process share.</summary>
public sealed record WebhookTools(WebhookStores Stores, WebhookSender Sender, TenantWriter Writer, WebhookMetrics Metrics, WebhookSlots Slots, IOptions<WebhookOptions> Options);

/// <summary>
/// Keeps one webhook told, in the one process that is elected: a run that failed on our side is followed by another, until the webhook is to be disabled. What waits when the process dies waits in
/// the store.
/// </summary>
internal sealed partial class WebhookWorker(WebhookTools tools, Webhook webhook, long head, long epoch, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly WebhookWake _wake = new(head);

    /// <summary>Whether it is still the one that is to run.</summary>
    public long Rev => webhook.Rev;

    /// <summary>The tenant's history goes on.</summary>
    public void Notify(long newHead) => _wake.Raise(newHead);

    /// <summary>Works until the token ends, or the webhook is disabled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        tools.Metrics.Running(1);
        var backoff = new Backoff(FirstPause, LongestPause, clock);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    await using var run = new WebhookRun(tools, webhook, epoch, _wake, clock, cancellationToken);
                    var (reason, since) = await run.WorkAsync();
                    await DisableAsync(reason, since);
                    return;
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return;
                }
                catch (FencedException exception)
                {
                    LogFenced(exception, webhook.Id);
                    return;
                }
#pragma warning disable CA1031 // A webhook that nobody told any more would be silent for ever: whatever it is, it is logged, and begun again from what is stored.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    LogFailed(exception, exception is StoreUnavailableException ? LogLevel.Warning : LogLevel.Error, webhook.Id);
                }

                await backoff.PauseAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            tools.Metrics.Running(-1);
        }
    }

    private async Task DisableAsync(string reason, DateTimeOffset? failingSince)
    {
        var platform = new Caller { Kind = CallerKind.Admin, Tenant = webhook.Tenant };
        var data = new WebhookDisabledData("platform", webhook.Id, webhook.Url, reason, failingSince, webhook.Rev);
        await tools.Writer.AppendAsync(platform, webhook.Tenant, SystemEntryTypes.WebhookDisabled, data, IdentityJsonContext.Default.WebhookDisabledData, CancellationToken.None);
        tools.Metrics.Disabled(reason);
        LogDisabled(webhook.Tenant, webhook.Id, reason);
    }

    [LoggerMessage(8101, LogLevel.Warning, "Webhook {Webhook} of tenant {Tenant} was disabled: {Reason}.")]
    private partial void LogDisabled(TenantId tenant, string webhook, string reason);

    [LoggerMessage(8102, LogLevel.Warning, "Another process tells webhook {Webhook} now.")]
    private partial void LogFenced(Exception exception, string webhook);

    [LoggerMessage(EventId = 8103, Message = "Telling webhook {Webhook} failed on our side; it begins again from what is stored.")]
    private partial void LogFailed(Exception exception, LogLevel level, string webhook);
}
