using System.Globalization;
using Caas.Core.Audit;
using Caas.Core.Callers;
using Caas.Core.RateLimits;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Caas.Realtime.Evictions;

namespace Caas.Realtime.Hubs;

/// <summary>What stands before the hub's calls: rate limits, and tokens that replace another.</summary>
internal sealed class HubGuard(HubRateLimiter limiter, Authenticator authenticator, Evictor evictor)
{
    /// <summary>Takes one from the user's bucket.</summary>
    /// <exception cref="RefusedException"><c>rate_limited</c>, saying when to try again.</exception>
    public async ValueTask TakeAsync(Caller caller, HubAction action, CancellationToken cancellationToken)
    {
        var decision = await limiter.TakeAsync(caller, action, cancellationToken);
        if (!decision.Allowed)
        {
            var wait = Math.Max(1, Math.Ceiling(decision.ResetAfter.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
            throw new RefusedException(Refusal.RateLimited, $"Too many calls; try again in {wait} ms.") { RetryAfter = decision.ResetAfter };
        }
    }

    /// <summary>Takes one from the user's bucket, for calls of which too many are not worth a word.</summary>
    /// <returns>False: there is none left.</returns>
    public async ValueTask<bool> TryTakeAsync(Caller caller, HubAction action, CancellationToken cancellationToken) => (await limiter.TakeAsync(caller, action, cancellationToken)).Allowed;

    /// <summary>Lets a connection go on with a fresh token of the same user.</summary>
    /// <exception cref="RefusedException"><c>unauthenticated</c>, <c>token_expired</c>, <c>token_revoked</c>; <c>not_allowed</c> for another user's.</exception>
    public async Task ReauthenticateAsync(RealtimeConnection connection, string token, CancellationToken cancellationToken)
    {
        var caller = await authenticator.AuthenticateTokenAsync(token, cancellationToken);
        if (caller.Tenant != connection.Tenant || caller.User != connection.User)
        {
            throw Refusal.NotAllowed.With("The token is another user's.").Of(new(connection.Tenant, CredentialFaults.OtherUser, Proven: true, User: connection.User));
        }

        connection.Caller = caller;
        evictor.Check(connection);
    }

    /// <exception cref="RefusedException"><c>invalid_arguments</c>.</exception>
    public static void RequireJoins(IReadOnlyList<JoinRequest> requests)
    {
        if (requests.Count is 0 or > Joins.MostAtOnce)
        {
            throw Refusal.InvalidArguments.With("conversations", $"must be 1 to {Joins.MostAtOnce}");
        }

        for (var index = 0; index < requests.Count; index++)
        {
            if (requests[index] is null)
            {
                throw Refusal.InvalidArguments.With($"conversations[{index.ToString(CultureInfo.InvariantCulture)}]", "is missing: it is null");
            }
        }

        if (requests.Select(request => request.ConversationId).Distinct(StringComparer.Ordinal).Count() != requests.Count)
        {
            throw Refusal.InvalidArguments.With("conversations", "must not name one twice");
        }
    }
}
