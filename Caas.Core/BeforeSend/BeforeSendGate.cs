using System.Security.Cryptography;
using System.Text;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Moderation;
using Caas.Core.Tenants;

namespace Caas.Core.BeforeSend;

/// <summary>
/// Lets the tenant's backend judge what a user wants to be stored, where the tenant has said so: behind all other checks, before the log knows of it. What is stored already is not asked about
/// again: the same call has its first answer.
/// </summary>
public sealed class BeforeSendGate(BeforeSendLines lines, TenantDirectory tenants, Membership membership, IEntryStore entries, ModerationMetrics metrics, IdGenerator ids)
{
    /// <summary>What is to be stored: as it is, or as the hook makes it.</summary>
    /// <param name="change">Makes it of what the hook says; refuses what cannot be stored.</param>
    /// <exception cref="RefusedException"><c>rejected_by_hook</c>; <c>unavailable</c> where the hook gives no answer and the tenant wants none stored without; what <paramref name="change"/> refuses for the blocklist's sake; what the caller may not any more.</exception>
    public async ValueTask<T> AskAsync<T>(BeforeSendCall call, T asItIs, Func<BeforeSendChange, Task<T>> change, CancellationToken cancellationToken)
    {
        if (call.Caller.User is not { } user || await tenants.FindAsync(call.Caller.Tenant, cancellationToken) is not { BeforeSend: { } hook } || await IsStoredAsync(call, cancellationToken))
        {
            return asItIs;
        }

        var made = asItIs;
        async Task<HookVerdict> SettleAsync(HookVerdict verdict)
        {
            try
            {
                made = verdict.Change is { } wanted ? await change(wanted) : made;
                return verdict;
            }
            catch (RefusedException refused) when (refused.Refusal != Refusal.ContentBlocked && refused.Refusal != Refusal.Unavailable)
            {
                return new(BeforeSendOutcome.BadAnswer, Status: verdict.Status, Error: $"its change is refused: {refused.Message}");
            }
        }

        var verdict = await lines.AskAsync(call.Caller.Tenant, hook, IdOf(call), call.MessageId is not null, DataOf(call, user), SettleAsync, cancellationToken);

        // Much can happen while it thinks: who was removed or banned meanwhile writes no more.
        await membership.RequireAsync(call.Caller, call.Standing.Conversation.Id, call.Right, cancellationToken);
        if (verdict.Outcome == BeforeSendOutcome.Rejected || (verdict.IsFailure && hook.OnFailure == BeforeSendFallback.Reject))
        {
            return await IsStoredAsync(call, cancellationToken) ? asItIs : throw Refused(verdict);
        }

        return made;
    }

    private RefusedException Refused(HookVerdict verdict)
    {
        if (verdict is { MayPass: true, RetryAfter: { } wait })
        {
            var whole = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(wait.TotalMilliseconds)));
            return new(Refusal.Unavailable, FormattableString.Invariant($"Nobody could say whether this may be written here; try again in {whole.TotalMilliseconds:0} ms.")) { RetryAfter = whole };
        }

        metrics.Refused(Refusal.RejectedByHook);
        return Refusal.RejectedByHook.With(verdict.Reason ?? Refusal.RejectedByHook.Title);
    }

    private async ValueTask<bool> IsStoredAsync(BeforeSendCall call, CancellationToken cancellationToken) =>
        call.ClientId is not null && await entries.FindByClientIdAsync(LogId.Of(call.Caller.Tenant, call.Standing.Conversation.Id), call.Caller.User?.Value, call.ClientId, cancellationToken) is not null;

    /// <summary>Ids that the platform made are nobody's business.</summary>
    private static BeforeSendData DataOf(BeforeSendCall call, UserId user) => new(
        call.Caller.Tenant.Value, call.Standing.Conversation.Id.Value, call.Standing.Conversation.Type, user.Value, call.Standing.Member?.Role, call.MessageId, call.ClientId is ['$', ..] ? null : call.ClientId, call.Message);

    /// <summary>The same for the same call: a receiver that has judged it already knows it again.</summary>
    private string IdOf(BeforeSendCall call)
    {
        string[] parts = [call.Caller.Tenant.Value, call.Standing.Conversation.Id.Value, call.Caller.User?.Value ?? "", call.ClientId ?? ids.Next(), call.ContentHash];
        return $"bs_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16))}";
    }
}

/// <summary>What a user wants to be stored.</summary>
/// <param name="Right">What it takes.</param>
/// <param name="ClientId">The call's; null: it has none.</param>
/// <param name="ContentHash">Of what was asked for.</param>
/// <param name="MessageId">Of an edit.</param>
public sealed record BeforeSendCall(Caller Caller, Standing Standing, Right Right, string? ClientId, string ContentHash, string? MessageId, BeforeSendMessage Message);
