using Caas.Core.Caching;
using Caas.Core.Tokens;

namespace Caas.Core.Blocks;

/// <summary>Blocks for the hot path: at most 3 s old, and read anew as soon as this process hears that a user's have changed.</summary>
public sealed class BlockDirectory
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);

    private readonly TimedCache<(TenantId Tenant, UserId User), BlockSet> _blocks;

    public BlockDirectory(IBlockStore store, RevocationList revocations, TimeProvider clock)
    {
        _blocks = new(async key => await store.ReadAsync(key.Tenant, key.User, CancellationToken.None), Lifetime, 50_000, clock);

        // First of all who hear it: whoever asks because of it is told what is new.
        revocations.Revoked += revocation =>
        {
            if (revocation is { Kind: RevocationKind.BlocksChanged, User: { } user })
            {
                _blocks.Forget((revocation.Tenant, user));
            }
        };
    }

    /// <exception cref="Entries.StoreUnavailableException">They are not cached, and the store cannot be asked.</exception>
    public async ValueTask<BlockSet> FindAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) => await _blocks.GetAsync((tenant, user), cancellationToken) ?? BlockSet.None;
}
