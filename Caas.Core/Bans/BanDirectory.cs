using Caas.Core.Caching;
using Caas.Core.Tokens;

namespace Caas.Core.Bans;

/// <summary>Bans for the hot path: at most 3 s old, and read anew as soon as this process hears that a user's have changed. When one ends is judged by the clock, each time.</summary>
public sealed class BanDirectory
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);

    private readonly TimedCache<(TenantId Tenant, UserId User), IReadOnlyList<Ban>> _bans;
    private readonly TimeProvider _clock;

    public BanDirectory(IBanStore store, RevocationList revocations, TimeProvider clock)
    {
        _clock = clock;
        _bans = new(async key => await store.ReadAsync(key.Tenant, key.User, CancellationToken.None), Lifetime, 50_000, clock);

        // First of all who hear it: whoever asks because of it is told what is new.
        revocations.Revoked += revocation =>
        {
            if (revocation is { Kind: RevocationKind.Banned or RevocationKind.BanLifted, User: { } user })
            {
                _bans.Forget((revocation.Tenant, user));
            }
        };
    }

    /// <summary>Whether a user is banned now, from a conversation or (null) from the tenant.</summary>
    /// <exception cref="Entries.StoreUnavailableException">It is not cached, and the store cannot be asked.</exception>
    public async ValueTask<bool> IsBannedAsync(TenantId tenant, UserId user, ConversationId? conversation, CancellationToken cancellationToken)
    {
        var bans = await _bans.GetAsync((tenant, user), cancellationToken);
        return bans is { Count: > 0 } && bans.Any(ban => !ban.Shadow && ban.Conversation == conversation && ban.IsInForce(_clock.GetUtcNow()));
    }

    /// <summary>Whether others do not get what a user does in a conversation now, by a shadow ban from it or from the tenant.</summary>
    /// <exception cref="Entries.StoreUnavailableException">It is not cached, and the store cannot be asked.</exception>
    public async ValueTask<bool> IsShadowedAsync(TenantId tenant, UserId user, ConversationId conversation, CancellationToken cancellationToken)
    {
        var bans = await _bans.GetAsync((tenant, user), cancellationToken);
        return bans is { Count: > 0 } && bans.Any(ban => ban.Shadow && (ban.Conversation is null || ban.Conversation == conversation) && ban.IsInForce(_clock.GetUtcNow()));
    }
}
