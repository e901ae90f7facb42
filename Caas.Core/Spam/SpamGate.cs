using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Moderation;
using Caas.Core.RateLimits;
using Caas.Core.Search;
using Caas.Core.Tenants;

namespace Caas.Core.Spam;

/// <summary>
/// Finds floods where a tenant's settings ask for it: messages, repeats of one text, links. Counted per user over all conversations and all processes, in minutes; without Redis each process
/// counts alone. Who moderates the conversation, and the backend, may send as they like.
/// </summary>
public sealed partial class SpamGate(TenantDirectory tenants, IRateLimiter limiter, ModerationMetrics metrics)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Sends a message, which counts once: clients send again what could not be stored now, and neither that nor what slow mode holds back makes a flood of one message.</summary>
    public async Task<T> OnceAsync<T>(Func<SpamCount, Task<T>> send)
    {
        var count = new SpamCount();
        try
        {
            return await send(count);
        }
        catch (Exception refused) when (refused is StoreUnavailableException || (refused is RefusedException { Refusal: var why } && (why == Refusal.Unavailable || why == Refusal.SlowMode || why == Refusal.SpamDetected)))
        {
            foreach (var bucket in count.Buckets)
            {
                await limiter.GiveBackAsync(bucket, CancellationToken.None);
            }

            throw;
        }
    }

    /// <param name="count">Gets as what it counts.</param>
    /// <exception cref="RefusedException"><c>spam_detected</c>, where waiting helps saying how long.</exception>
    public async ValueTask RequireAsync(Caller caller, Standing standing, SendMessageRequest request, SpamCount count, CancellationToken cancellationToken)
    {
        if (caller.User is not { } user || await LimitsAsync(caller, standing, cancellationToken) is not { } limits)
        {
            return;
        }

        var text = request.Text ?? "";
        var links = RequireFewLinks(limits, text);
        var bucket = $"{caller.Tenant.Value}/spam/{user.Value}";

        // The narrower first: what they refuse is none of the messages.
        if (limits.RepeatsPerMinute is > 0 && HashOf(text) is { } hash)
        {
            await TakeAsync(count, $"{bucket}/text/{hash}", limits.RepeatsPerMinute, "messages with the same text", cancellationToken);
        }

        if (links > 0)
        {
            await TakeAsync(count, $"{bucket}/links", limits.LinkMessagesPerMinute, "messages with links", cancellationToken);
        }

        await TakeAsync(count, $"{bucket}/messages", limits.MessagesPerMinute, "messages", cancellationToken);
    }

    /// <summary>An edit is no further message, but may not bring the links that a message may not have.</summary>
    /// <exception cref="RefusedException"><c>spam_detected</c>.</exception>
    public async ValueTask RequireEditAsync(Caller caller, Standing standing, string? text, CancellationToken cancellationToken)
    {
        if (await LimitsAsync(caller, standing, cancellationToken) is { } limits)
        {
            RequireFewLinks(limits, text ?? "");
        }
    }

    /// <returns>Null: nothing counts for this caller here.</returns>
    private async ValueTask<TenantSpamLimits?> LimitsAsync(Caller caller, Standing standing, CancellationToken cancellationToken) =>
        caller.User is null || standing.May(Right.Moderate, caller) ? null : (await tenants.FindAsync(caller.Tenant, cancellationToken))?.Settings.Spam;

    private int RequireFewLinks(TenantSpamLimits limits, string text)
    {
        var links = Link().Count(text);
        return limits.LinksPerMessage is { } most && links > most ? throw Refused($"A message may have at most {most} links here.", retryAfter: null) : links;
    }

    private async ValueTask TakeAsync(SpamCount count, string bucket, int? most, string what, CancellationToken cancellationToken)
    {
        if (most is not > 0)
        {
            return;
        }

        if (await limiter.TakeAsync(bucket, most.Value, Window, cancellationToken) is { Allowed: false } decision)
        {
            throw Refused($"At most {most} {what} a minute here", decision.ResetAfter);
        }

        count.Buckets.Add(bucket);
    }

    private RefusedException Refused(string detail, TimeSpan? retryAfter)
    {
        metrics.Refused(Refusal.SpamDetected);
        return new(Refusal.SpamDetected, retryAfter is { } wait ? $"{detail}; try again in {Math.Max(1, Math.Ceiling(wait.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture)} ms." : detail) { RetryAfter = retryAfter };
    }

    /// <summary>Alike are texts of the same words, whatever their case, accents and signs. Null: there are none.</summary>
    private static string? HashOf(string text)
    {
        var units = SearchTokenizer.Split(text);
        return units.Count == 0 ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', units.Select(unit => unit.Text)))))[..32];
    }

    /// <summary>What becomes a link where it is shown: an address with its scheme, or one that begins with www.</summary>
    [GeneratedRegex(@"https?://\S|\bwww\.\w", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Link();
}
