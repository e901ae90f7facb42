using System.Diagnostics;
using Caas.Contracts;
using Caas.Core.Audit;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Ids;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Feed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Audit;

/// <summary>How refused calls come into the audit log: nobody waits for it, whatever the store does, and nothing that was counted is lost while the process lives.</summary>
public sealed class RefusalRecorderTests : IAsyncLifetime
{
    private readonly Outage _outage = new();
    private readonly CorePlatform _platform;

    public RefusalRecorderTests() => _platform = new(configure: services => services
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Caas:Audit:Window", "00:00:00.400"), new("Caas:Erasure:Settle", "00:00:00")]).Build())
        .Decorate<ITenantStore>(inner => new TenantsInAnOutage(inner, _outage)));

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(), "ann", new("Ann"), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task While_the_store_is_away_nobody_waits_and_afterwards_all_are_counted()
    {
        await using var running = await RunningServices.StartAsync<RefusalRecorder>(_platform);
        _outage.Begin();
        _platform.Get<TenantDirectory>().Forget(new("acme"));
        var start = Stopwatch.GetTimestamp();
        for (var n = 0; n < 50_000; n++)
        {
            Note(CredentialFaults.WrongSecret, proven: false, key: $"ck_{n % 10}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"50,000 refused calls were noted in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms.");
        await Eventually.HoldsAsync(() => _outage.Refused > 0, "nothing was tried", Cancelled);
        Assert.Empty(await ListAsync());
        _outage.End();
        await Eventually.HoldsAsync(async () => (await ListAsync()).Sum(entry => entry.Count) == 50_000 ? null : "they are not all there", Cancelled);
        Assert.InRange((await ListAsync()).Count, 20, 60);
    }

    [Fact]
    public async Task What_is_counted_is_told_when_the_process_stops()
    {
        await using (await RunningServices.StartAsync<RefusalRecorder>(_platform))
        {
            for (var n = 0; n < 5; n++)
            {
                Note(CredentialFaults.KeyRevoked, proven: true, key: "ck_1");
            }
        }

        Assert.Equal(5, (await ListAsync()).Sum(entry => entry.Count));
        Assert.All(await ListAsync(), entry => Assert.Equal(("key:ck_1", "auth.failed", CredentialFaults.KeyRevoked, "192.0.2.1"), (entry.Actor, entry.Action, entry.Reason, entry.IpAddress)));
    }

    [Fact]
    public async Task A_tenant_that_nobody_has_gets_no_log()
    {
        await using (await RunningServices.StartAsync<RefusalRecorder>(_platform))
        {
            _platform.Get<RefusalRecorder>().Note(new CredentialAttempt(new("nobodys"), CredentialFaults.TokenForged, Proven: false), new("192.0.2.1", "trace"));
        }

        Assert.Equal(0, (await _platform.Get<IEntryStore>().ReadTailAsync(LogId.OfTenant(new("nobodys")), Cancelled)).Seq);
    }

    [Fact]
    public async Task Who_was_erased_is_not_named_by_a_device_that_goes_on_asking_nor_is_where_it_is()
    {
        await KnockAsync();
        Assert.Equal(("user:ann", "192.0.2.1"), (Assert.Single(await ListAsync()).Actor, Assert.Single(await ListAsync()).IpAddress));
        var erasure = await _platform.Get<UserService>().EraseAsync(CorePlatform.Backend(), "ann", Cancelled);
        await _platform.Get<ErasureWorker>().RoundAsync(Cancelled);
        await KnockAsync();

        // What was told before has the pseudonym, and not where the user was.
        var (after, before) = ((await ListAsync())[0], (await ListAsync())[1]);
        Assert.Equal(($"user:{erasure.Pseudonym}", erasure.Pseudonym, null), (before.Actor, before.Target["userId"], before.IpAddress));
        Assert.Equal(("anonymous", CredentialFaults.TokenRevoked, null), (after.Actor, after.Reason, after.IpAddress));
        Assert.Empty(after.Target);

        async Task KnockAsync()
        {
            await using var running = await RunningServices.StartAsync<RefusalRecorder>(_platform);
            _platform.Get<RefusalRecorder>().Note(new CredentialAttempt(new("acme"), CredentialFaults.TokenRevoked, Proven: true, User: new("ann")), new("192.0.2.1", "trace"));
        }
    }

    [Fact]
    public async Task Where_it_is_turned_off_nothing_is_recorded()
    {
        await using var other = new CorePlatform(configure: services => services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Caas:Audit:Refusals", "false")]).Build()));
        await other.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        await using (await RunningServices.StartAsync<RefusalRecorder>(other))
        {
            other.Get<RefusalRecorder>().Note(new CredentialAttempt(new("acme"), CredentialFaults.KeyRevoked, Proven: true, "ck_1"), new("192.0.2.1", "trace"));
        }

        Assert.Empty((await other.Get<AuditLog>().ListAsync(CorePlatform.Backend(), new(null, "auth.*", null, null, null, null), Cancelled)).Items);
    }

    private void Note(string reason, bool proven, string key) => _platform.Get<RefusalRecorder>().Note(new CredentialAttempt(new("acme"), reason, proven, key), new("192.0.2.1", "trace"));

    private async Task<IReadOnlyList<AuditEntryResponse>> ListAsync() =>
        (await _platform.Get<AuditLog>().ListAsync(CorePlatform.Backend(), new(null, "auth.*", null, null, 200, null), Cancelled)).Items;

    /// <summary>A store that is away for a while.</summary>
    private sealed class Outage
    {
        private volatile bool _on;
        private int _refused;

        public int Refused => Volatile.Read(ref _refused);

        public void Begin() => _on = true;

        public void End() => _on = false;

        public void Check()
        {
            if (_on)
            {
                Interlocked.Increment(ref _refused);
                throw new StoreUnavailableException("The store is away.");
            }
        }
    }

    private sealed class TenantsInAnOutage(ITenantStore inner, Outage outage) : ITenantStore
    {
        public Task<Tenant?> FindAsync(TenantId id, CancellationToken cancellationToken)
        {
            outage.Check();
            return inner.FindAsync(id, cancellationToken);
        }

        public Task<bool> SaveAsync(Tenant tenant, CancellationToken cancellationToken) => inner.SaveAsync(tenant, cancellationToken);

        public Task<IReadOnlyList<Tenant>> ListAsync(TenantId? after, int limit, CancellationToken cancellationToken) => inner.ListAsync(after, limit, cancellationToken);
    }
}
