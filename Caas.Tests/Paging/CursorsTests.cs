using Caas.Core.Paging;
using Caas.Core.Refusals;
using Caas.Core.Tokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Paging;

public sealed class CursorsTests
{
    private static readonly ListScope Users = ListScope.Of(new("acme"), "users");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_in_flight_go_on_in_another_process_after_a_restart_and_after_a_rotation_with_a_master_key_or_without()
    {
        await using var one = await WithTenantAsync();
        var cursor = await one.Get<Cursors>().EncodeAsync(Users, Cancelled, "alice");
        await one.Get<SigningKeyService>().RotateAsync(Admin, Cancelled);
        await using var other = await one.AnotherAsync(("Caas:MasterKey", "a master key that was set later, of 32 bytes"));
        foreach (var process in new[] { one, other })
        {
            Assert.Equal("alice", Assert.Single((await process.Get<Cursors>().DecodeAsync(Users, cursor, 1, Cancelled))!));
        }
    }

    [Fact]
    public async Task Another_platforms_cursor_has_a_code_that_says_to_start_again()
    {
        await using var one = await WithTenantAsync();
        await using var other = await WithTenantAsync();
        var cursor = await one.Get<Cursors>().EncodeAsync(Users, Cancelled, "alice");
        var refused = await RefusedAsync(async () => await other.Get<Cursors>().DecodeAsync(Users, cursor, 1, Cancelled), Refusal.InvalidCursor);
        Assert.Contains("start again", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_do_not_run_into_each_other()
    {
        await using var platform = await WithTenantAsync();
        var cursors = platform.Get<Cursors>();
        var cursor = await cursors.EncodeAsync(ListScope.Of(new("acme"), "users", "ab", "c"), Cancelled, "x");
        foreach (var list in new[] { ListScope.Of(new("acme"), "users", "a", "bc"), ListScope.Of(new("acme"), "users", "abc"), ListScope.Of(new("acme"), "users", "ab", "c", ""), ListScope.Of(new("acm"), "eusers", "ab", "c") })
        {
            await RefusedAsync(async () => await cursors.DecodeAsync(list, cursor, 1, Cancelled), Refusal.InvalidCursor);
        }

        await RefusedAsync(async () => await cursors.DecodeAsync(ListScope.Of(new("acme"), "users", "ab", "c"), cursor, 2, Cancelled), Refusal.InvalidCursor);
    }

    [Fact]
    public async Task The_store_is_asked_once_and_not_again()
    {
        var store = new CountingKeys();
        await using var platform = await WithTenantAsync(configure: services =>
        {
            store.Inner = services.Last(service => service.ServiceType == typeof(ISigningKeyStore));
            services.Replace(ServiceDescriptor.Singleton<ISigningKeyStore>(provider => store.Over((ISigningKeyStore)(store.Inner.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, store.Inner.ImplementationType!)))));
        });
        var cursors = platform.Get<Cursors>();
        var cursor = await cursors.EncodeAsync(Users, Cancelled, "alice");
        var before = store.Reads;
        platform.Clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("alice", Assert.Single((await cursors.DecodeAsync(Users, cursor, 1, Cancelled))!));
        }

        Assert.Equal(before, store.Reads);
    }

    private sealed class CountingKeys : ISigningKeyStore
    {
        private ISigningKeyStore _store = null!;

        public ServiceDescriptor Inner { get; set; } = null!;

        public int Reads { get; private set; }

        public CountingKeys Over(ISigningKeyStore store)
        {
            _store = store;
            return this;
        }

        public Task<IReadOnlyList<SigningKey>> ListAsync(CancellationToken cancellationToken)
        {
            Reads++;
            return _store.ListAsync(cancellationToken);
        }

        public Task<bool> AddAsync(SigningKey key, CancellationToken cancellationToken) => _store.AddAsync(key, cancellationToken);

        public Task RetireAsync(string kid, DateTimeOffset verifyUntil, CancellationToken cancellationToken) => _store.RetireAsync(kid, verifyUntil, cancellationToken);
    }
}
