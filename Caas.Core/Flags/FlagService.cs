using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Moderation;
using Caas.Core.RateLimits;
using Caas.Core.Tenants;

namespace Caas.Core.Flags;

/// <summary>Flags of messages, by those who read them. Each user flags a message once; several users' flags add up.</summary>
public sealed class FlagService(Membership membership, MessageWriter messages, FlagWriter writer, IEntryStore entries, IRateLimiter limiter, ModerationMetrics metrics)
{
    public const int MaxReason = 500;

    /// <summary>The most messages that one user flags in an hour.</summary>
    public const int MostPerHour = 100;

    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>Flags a message; again changes nothing and is answered as the first time, also after it was resolved.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>message_not_found</c>, <c>not_allowed</c> for a deleted message, <c>rate_limited</c>.</exception>
    public async Task<FlaggedResponse> FlagAsync(Caller caller, ConversationId conversation, string messageId, FlagMessageRequest request, CancellationToken cancellationToken)
    {
        new Validation()
            .Check(!string.IsNullOrWhiteSpace(request.Reason) && request.Reason.Length <= MaxReason && TenantRules.IsWellFormed(request.Reason) && !request.Reason.Contains('\0', StringComparison.Ordinal), "reason", $"must be 1 to {MaxReason} characters of Unicode")
            .ThrowIfAny();
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var message = await messages.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken);
        if (await entries.FindByClientIdAsync(FlagFolder.LogOf(caller.Tenant, conversation), caller.User?.Value, FlagWriter.IdOf(message), cancellationToken) is { } earlier)
        {
            return View(await writer.FlagAgainAsync(earlier, cancellationToken));
        }

        if (message.Message!.DeletedAt is not null)
        {
            throw Refusal.NotAllowed.With("The message is deleted.");
        }

        if (caller.User is { } user)
        {
            if (await limiter.TakeAsync($"{caller.Tenant.Value}/flags/{user.Value}", MostPerHour, Window, cancellationToken) is { Allowed: false } decision)
            {
                throw new RefusedException(Refusal.RateLimited, $"A user may flag {MostPerHour} messages an hour.") { RetryAfter = decision.ResetAfter };
            }
        }

        var flagged = await writer.FlagAsync(caller, message, request.Reason, cancellationToken);
        metrics.Flagged();
        return View(flagged);
    }

    private static FlaggedResponse View(Entry entry)
    {
        var data = entry.Data!.Value.Deserialize(IdentityJsonContext.Default.FlagCreatedData)!;
        return new(data.MessageId, data.Reason, entry.At);
    }
}
