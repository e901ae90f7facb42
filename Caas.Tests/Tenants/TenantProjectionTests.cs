using Caas.Adapters.Sqlite.Tokens;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Refusals;
using Caas.Core.Tokens;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Tenants;

public sealed class TenantProjectionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_changes_at_once_each_is_folded_once()
    {
        const int Many = 60;
        CountingStore? store = null;
        await using var platform = await WithTenantAsync("acme", services => services.AddSingleton<IRefreshTokenStore>(provider => store = new(ActivatorUtilities.CreateInstance<SqliteRefreshTokenStore>(provider))));
        var pairs = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => platform.TokenAsync()));
        var callers = await Task.WhenAll(pairs.Select(pair => platform.CallerAsync(pair.Token)));
        await Task.WhenAll(callers.Select(caller => platform.Tokens.LogoutAsync(caller, Cancelled)));
        foreach (var pair in pairs)
        {
            await RefusedAsync(() => platform.CallerAsync(pair.Token), Refusal.TokenRevoked);
        }

        Assert.Equal(Many, store!.Revoked);
        var entries = await platform.Get<IEntryStore>().ReadAfterAsync(LogId.OfTenant(new("acme")), 0, 200, Cancelled);
        Assert.All(entries.Where(entry => entry.Type == SystemEntryTypes.TokensRevoked), entry => Assert.Equal("token", entry.Data!.Value.GetProperty("kind").GetString()));
    }

    private sealed class CountingStore(IRefreshTokenStore store) : IRefreshTokenStore
    {
        private int _revoked;

        public int Revoked => _revoked;

        public Task AddAsync(RefreshToken token, CancellationToken cancellationToken) => store.AddAsync(token, cancellationToken);

        public Task<RefreshToken?> FindAsync(string hash, CancellationToken cancellationToken) => store.FindAsync(hash, cancellationToken);

        public Task<bool> TryUseAsync(string hash, DateTimeOffset at, CancellationToken cancellationToken) => store.TryUseAsync(hash, at, cancellationToken);

        public Task RevokeFamilyAsync(TenantId tenant, string family, DateTimeOffset at, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _revoked);
            return store.RevokeFamilyAsync(tenant, family, at, cancellationToken);
        }

        public Task RevokeUserAsync(TenantId tenant, UserId user, DateTimeOffset issuedBefore, DateTimeOffset at, CancellationToken cancellationToken) =>
            store.RevokeUserAsync(tenant, user, issuedBefore, at, cancellationToken);

        public Task PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken) => store.PruneAsync(endedBefore, cancellationToken);
    }
}
