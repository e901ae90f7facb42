using Caas.Contracts;
using Caas.Core.Audit;
using Caas.Core.Callers;
using Caas.Core.Ids;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Audit;

/// <summary>What is recorded of what was begun and of which nobody said what came of it.</summary>
public sealed class AuditRecoveryTests : IAsyncLifetime
{
    private static readonly TenantId Acme = new("acme");
    private static readonly AuditOrigin Origin = new("203.0.113.7", "trace");

    private readonly CorePlatform _platform = new();

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        await _platform.UserAsync("ann");
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task It_is_recorded_once_as_unknown_and_the_note_goes()
    {
        await BeginAsync("user.banned", new() { ["userId"] = "ann", ["conversationId"] = "room" });
        await RecoverAsync(twice: true);
        var found = Assert.Single(await ListAsync());
        Assert.Equal(("user.banned", "unknown", "key:key", "203.0.113.7", "trace"), (found.Action, found.Outcome, found.Actor, found.IpAddress, found.TraceId));
        Assert.Equal([("userId", "ann"), ("conversationId", "room")], found.Target.Select(one => (one.Key, one.Value)));
        Assert.NotNull(found.Since);
    }

    [Fact]
    public async Task What_was_recorded_is_not_recorded_again_though_its_note_was_left()
    {
        var intent = await BeginAsync("webhook.deleted", []);
        await _platform.Get<AuditLog>().RecordAsync(CorePlatform.Backend(), Acme, "webhook.deleted", new Dictionary<string, string>(), Origin, Cancelled, intent.RecordId(0));
        await RecoverAsync();
        Assert.Equal("done", Assert.Single(await ListAsync()).Outcome);
    }

    [Fact]
    public async Task What_took_so_long_that_it_was_unknown_is_recorded_when_it_is_done()
    {
        var intent = await BeginAsync("webhook.deleted", []);
        await RecoverAsync();
        await _platform.Get<AuditLog>().RecordAsync(CorePlatform.Backend(), Acme, "webhook.deleted", new Dictionary<string, string>(), Origin, Cancelled, intent.RecordId(0));
        Assert.Equal(["done", "unknown"], (await ListAsync()).Select(entry => entry.Outcome));
    }

    [Fact]
    public async Task Who_is_not_there_any_more_is_not_named_and_a_tenant_that_was_not_made_gets_no_log()
    {
        await _platform.Get<AuditIntents>().BeginAsync(new() { Kind = CallerKind.User, Tenant = Acme, User = new("zelda") }, Acme, "tokens.revoked", new Dictionary<string, string> { ["userId"] = "zelda" }, Origin, Cancelled);
        await _platform.Get<AuditIntents>().BeginAsync(new() { Kind = CallerKind.Admin }, new("nobody"), "tenant.created", new Dictionary<string, string>(), Origin, Cancelled);
        await RecoverAsync();
        var found = Assert.Single(await ListAsync());
        Assert.Equal(("anonymous", null, 0), (found.Actor, found.IpAddress, found.Target.Count));
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Nobody", "nobody"), Cancelled);
    }

    private Task<AuditIntent> BeginAsync(string action, Dictionary<string, string> target) => _platform.Get<AuditIntents>().BeginAsync(CorePlatform.Backend(), Acme, action, target, Origin, Cancelled);

    private async Task RecoverAsync(bool twice = false)
    {
        var (store, recovery) = (_platform.Get<ITimedStore>(), _platform.Services.GetServices<ITimedHandler>().OfType<AuditRecovery>().Single());
        foreach (var item in await store.ListDueAsync(AuditIntents.Kind, [], TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1), 10, Cancelled))
        {
            await recovery.HandleAsync(item, Cancelled);
            if (twice)
            {
                // As after a death between the record and its note.
                await recovery.HandleAsync(item, Cancelled);
            }

            Assert.Null(await store.FindAsync(item.Place, item.Id, Cancelled));
        }
    }

    private async Task<IReadOnlyList<AuditEntryResponse>> ListAsync() =>
        (await _platform.Get<AuditLog>().ListAsync(CorePlatform.Backend(), new(null, null, null, null, null, null), Cancelled)).Items;
}
