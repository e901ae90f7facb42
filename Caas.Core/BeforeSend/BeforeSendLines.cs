using System.Collections.Concurrent;
using Caas.Contracts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.BeforeSend;

/// <summary>Asks tenants' hooks, each tenant's in a line of its own.</summary>
public sealed partial class BeforeSendLines(BeforeSendClient client, BeforeSendMetrics metrics, IOptions<BeforeSendOptions> options, TimeProvider clock, ILogger<BeforeSendLines> logger)
{
    /// <summary>As many as there are tenants that have, or had, a hook.</summary>
    private readonly ConcurrentDictionary<TenantId, HookLine> _lines = new();

    /// <param name="settle">Makes of what the hook says what can be done.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    internal async Task<HookVerdict> AskAsync(TenantId tenant, BeforeSendHook hook, string id, bool edit, BeforeSendData data, Func<HookVerdict, Task<HookVerdict>> settle, CancellationToken cancellationToken)
    {
        var line = LineOf(tenant, hook);
        var began = clock.GetTimestamp();
        metrics.Running(1);
        try
        {
            var asked = await line.AskAsync(LimitOf(hook), async inTime => await settle(await client.AskAsync(hook, id, edit, data, inTime)), cancellationToken);
            metrics.Judged(asked.Verdict.Outcome, edit, clock.GetElapsedTime(began));
            Tell(tenant, hook, asked);
            return asked.Verdict;
        }
        finally
        {
            metrics.Running(-1);
        }
    }

    /// <summary>Asks without a line: also while it is left alone, and what comes of it counts for no message.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    internal async Task<HookVerdict> TryAsync(BeforeSendHook hook, string id, BeforeSendData data, CancellationToken cancellationToken) =>
        (await new HookLine(hook.Url, options.Value, clock).AskAsync(LimitOf(hook), inTime => client.AskAsync(hook, id, edit: false, data, inTime), cancellationToken)).Verdict;

    /// <summary>The longest that a message may wait.</summary>
    internal TimeSpan LimitOf(BeforeSendHook hook) =>
        hook.TimeoutMs is { } given && TimeSpan.FromMilliseconds(given) < options.Value.Timeout ? TimeSpan.FromMilliseconds(given) : options.Value.Timeout;

    /// <summary>Another place is asked as if nothing had been: what is under way to the one before ends with it.</summary>
    private HookLine LineOf(TenantId tenant, BeforeSendHook hook) =>
        _lines.TryGetValue(tenant, out var line) && line.Url == hook.Url
            ? line
            : _lines.AddOrUpdate(tenant, _ => new(hook.Url, options.Value, clock), (_, known) => known.Url == hook.Url ? known : new(hook.Url, options.Value, clock));

    private void Tell(TenantId tenant, BeforeSendHook hook, HookLine.Asked asked)
    {
        if (asked.First)
        {
            LogFailing(tenant.Value, asked.Verdict.Outcome, asked.Verdict.Error, hook.OnFailure);
        }

        if (asked.Pause is { } pause)
        {
            LogPaused(tenant.Value, pause.TotalSeconds, asked.Verdict.Error);
        }

        if (asked.Back)
        {
            LogBack(tenant.Value);
        }
    }

    [LoggerMessage(4501, LogLevel.Warning, "The before-send hook of tenant {Tenant} fails ({Outcome}: {Error}); what it does not judge: {OnFailure}.")]
    private partial void LogFailing(string tenant, BeforeSendOutcome outcome, string? error, BeforeSendFallback onFailure);

    [LoggerMessage(4502, LogLevel.Warning, "The before-send hook of tenant {Tenant} is left alone for {Seconds} s: {Error}.")]
    private partial void LogPaused(string tenant, double seconds, string? error);

    [LoggerMessage(4503, LogLevel.Information, "The before-send hook of tenant {Tenant} answers again.")]
    private partial void LogBack(string tenant);
}
