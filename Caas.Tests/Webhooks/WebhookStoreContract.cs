using Caas.Adapters.MongoDb.Schema;
using Caas.Adapters.MongoDb.Webhooks;
using Caas.Adapters.Sqlite.Webhooks;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Webhooks;
using Caas.Tests.MongoDb;
using Caas.Tests.Sqlite;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>What <see cref="IWebhookStore"/> and <see cref="IWebhookDeliveryStore"/> promise. Adapters inherit it.</summary>
public abstract class WebhookStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract (IWebhookStore Webhooks, IWebhookDeliveryStore Deliveries) CreateStores();

    [Fact]
    public async Task A_webhook_comes_back_as_it_was_stored_and_what_is_older_changes_nothing()
    {
        var (one, other) = (CreateStores().Webhooks, CreateStores().Webhooks);
        var webhook = Webhook("w1", 3) with { PreviousSecret = new("k1:old", "p"), PreviousUntil = Noon.AddDays(1), Events = ["message.*"] };
        await one.SaveAsync(webhook, Cancelled);
        await other.SaveAsync(webhook with { Rev = 2, Url = "https://older.example.com" }, Cancelled);
        var found = await other.FindAsync(Acme, "w1", Cancelled);
        Assert.Equal(webhook.Events, found!.Events);
        Assert.Equal(webhook, found with { Events = webhook.Events });
        Assert.Null(await one.FindAsync(new("globex"), "w1", Cancelled));
        Assert.Null(await one.FindAsync(Acme, "w1/", Cancelled));
    }

    [Fact]
    public async Task Lists_go_by_id_and_tenants_are_named_once()
    {
        var store = CreateStores().Webhooks;
        foreach (var (tenant, id) in new[] { ("acme", "w2"), ("acme", "w1"), ("globex", "w3"), ("initech", "w4"), ("globex", "w5") })
        {
            await store.SaveAsync(Webhook(id, 1) with { Tenant = new(tenant) }, Cancelled);
        }

        Assert.Equal(["w1", "w2"], (await store.ListAsync(Acme, Cancelled)).Select(webhook => webhook.Id));
        Assert.Equal(["acme", "globex"], (await store.ListTenantsAsync(null, 2, Cancelled)).Select(tenant => tenant.Value));
        Assert.Equal(["initech"], (await store.ListTenantsAsync(new("globex"), 2, Cancelled)).Select(tenant => tenant.Value));
    }

    [Fact]
    public async Task Whether_it_fails_stays_over_changes_and_goes_with_it()
    {
        var store = CreateStores().Webhooks;
        await store.SetFailingAsync(Acme, "w1", 1, Noon, Cancelled);
        Assert.Null(await store.ReadFailingAsync(Acme, "w1", Cancelled));
        await store.SaveAsync(Webhook("w1", 1), Cancelled);
        await store.SetFailingAsync(Acme, "w1", 1, Noon, Cancelled);
        await store.SaveAsync(Webhook("w1", 2), Cancelled);
        Assert.Equal(Noon, await store.ReadFailingAsync(Acme, "w1", Cancelled));
        await store.SetFailingAsync(Acme, "w1", 1, Noon.AddDays(1), Cancelled);
        Assert.Equal(Noon, await store.ReadFailingAsync(Acme, "w1", Cancelled));
        await store.SetFailingAsync(Acme, "w1", 2, null, Cancelled);
        Assert.Null(await store.ReadFailingAsync(Acme, "w1", Cancelled));
    }

    [Fact]
    public async Task A_deleted_one_takes_its_deliveries_along_and_no_others()
    {
        var (webhooks, deliveries) = CreateStores();
        await webhooks.SaveAsync(Webhook("w1", 1), Cancelled);
        await deliveries.AddAsync(Acme, "w1", [Delivery(1)], Cancelled);
        await deliveries.AddAsync(Acme, "w2", [Delivery(1)], Cancelled);
        await webhooks.DeleteAsync(Acme, "w1", 2, Cancelled);
        await webhooks.DeleteAsync(Acme, "w1", 2, Cancelled);
        Assert.Null(await webhooks.FindAsync(Acme, "w1", Cancelled));
        Assert.Empty(await deliveries.ListAsync(Acme, "w1", null, 10, Cancelled));
        Assert.Single(await deliveries.ListAsync(Acme, "w2", null, 10, Cancelled));

        await deliveries.ClearAsync(Acme, "w2", Cancelled);
        Assert.Empty(await deliveries.ListAsync(Acme, "w2", null, 10, Cancelled));
    }

    [Fact]
    public async Task A_deleted_one_is_not_brought_back_by_whoever_folds_late()
    {
        var (one, other) = (CreateStores().Webhooks, CreateStores().Webhooks);
        await one.SaveAsync(Webhook("w1", 5), Cancelled);
        await one.SetFailingAsync(Acme, "w1", 5, Noon, Cancelled);

        // One process has folded seq 6 and the deletion, 7; the other has read the webhook before, for 6, or comes with what can only be a mistake.
        await other.DeleteAsync(Acme, "w1", 7, Cancelled);
        await one.SaveAsync(Webhook("w1", 6), Cancelled);
        await one.SaveAsync(Webhook("w1", 8), Cancelled);
        await one.SetFailingAsync(Acme, "w1", 7, Noon, Cancelled);
        Assert.Null(await other.FindAsync(Acme, "w1", Cancelled));
        Assert.Empty(await other.ListAsync(Acme, Cancelled));
        Assert.Empty(await other.ListTenantsAsync(null, 10, Cancelled));
        Assert.Null(await other.ReadFailingAsync(Acme, "w1", Cancelled));

        // Who has not even seen it come does not let it come any more.
        await one.DeleteAsync(Acme, "w2", 4, Cancelled);
        await other.SaveAsync(Webhook("w2", 3), Cancelled);
        Assert.Null(await one.FindAsync(Acme, "w2", Cancelled));

        // Nor who was refused; who is there already is not refused any more.
        await one.RefuseAsync(Acme, "w3", 4, Cancelled);
        await one.RefuseAsync(Acme, "w3", 4, Cancelled);
        await other.SaveAsync(Webhook("w3", 4), Cancelled);
        await other.SaveAsync(Webhook("w4", 5), Cancelled);
        await one.RefuseAsync(Acme, "w4", 5, Cancelled);
        Assert.Equal(["w4"], (await one.ListAsync(Acme, Cancelled)).Select(webhook => webhook.Id));
    }

    [Fact]
    public async Task Deliveries_are_put_in_line_once_wait_in_order_and_keep_what_became_of_them()
    {
        var (one, other) = (CreateStores().Deliveries, CreateStores().Deliveries);
        await one.AddAsync(Acme, "w1", [Delivery(1), Delivery(2)], Cancelled);
        var tried = Delivery(1).Tried(new(Noon.AddSeconds(1), 12, 500, null, "no", false)) with { NextAt = Noon.AddMinutes(1) };
        Assert.True(await other.TryUpdateAsync(Acme, "w1", tried, Cancelled));
        await one.AddAsync(Acme, "w1", [Delivery(1), Delivery(2), Delivery(10)], Cancelled);
        await one.AddAsync(Acme, "w1", [Delivery(0, "ping-1")], Cancelled);

        var found = await other.FindAsync(Acme, "w1", "1", Cancelled);
        Assert.Equal(tried.Last, found!.Last);
        Assert.Equal(tried, found with { Last = tried.Last });
        Assert.Equal([1L, 2L, 10L], (await other.ListPendingAsync(Acme, "w1", 0, 10, Cancelled)).Select(delivery => delivery.Position));
        Assert.Equal([2L], (await other.ListPendingAsync(Acme, "w1", 1, 1, Cancelled)).Select(delivery => delivery.Position));
        Assert.True(await one.TryUpdateAsync(Acme, "w1", tried with { Rev = 2, State = WebhookDeliveryState.Delivered, NextAt = null }, Cancelled));
        Assert.Equal([2L, 10L], (await other.ListPendingAsync(Acme, "w1", 0, 10, Cancelled)).Select(delivery => delivery.Position));

        Assert.False(await one.TryUpdateAsync(Acme, "w1", Delivery(77) with { Rev = 1 }, Cancelled));
        Assert.Null(await one.FindAsync(Acme, "w1", "77", Cancelled));
        Assert.Equal(["1", "10"], (await one.FindAsync(Acme, "w1", ["10", "77", "1"], Cancelled)).Select(delivery => delivery.Id).Order());
        Assert.Empty(await one.FindAsync(Acme, "w2", ["10"], Cancelled));
        Assert.Null(await one.FindAsync(Acme, "w2", "1", Cancelled));
        Assert.Null(await one.FindAsync(new("globex"), "w1", "1", Cancelled));
    }

    [Fact]
    public async Task A_delivery_is_changed_by_who_has_seen_it_as_it_stands_and_nobody_elses_attempt_is_lost()
    {
        var (one, other) = (CreateStores().Deliveries, CreateStores().Deliveries);
        await one.AddAsync(Acme, "w1", [Delivery(1)], Cancelled);
        var (seen, retries) = (await one.FindAsync(Acme, "w1", "1", Cancelled), new WebhookRetries(new(), TimeProvider.System));
        WebhookAttempt succeeded = new(Noon.AddSeconds(1), 12, 200, null, "by hand", true), failed = new(Noon.AddSeconds(2), 12, 500, null, "in its turn", false);
        Assert.True(await other.TryUpdateAsync(Acme, "w1", WebhookRetries.ByHand(seen!, succeeded), Cancelled));
        Assert.False(await one.TryUpdateAsync(Acme, "w1", retries.Next(seen!, failed), Cancelled));

        // Whoever comes later has its attempt written down, and what has ended stays so.
        var stored = await one.ChangeAsync(Webhook("w1", 1), seen!, standing => retries.Next(standing, failed), Cancelled);
        Assert.Equal((WebhookDeliveryState.Delivered, 2, 2L), (stored!.State, stored.Attempts, stored.Rev));
        var found = await other.FindAsync(Acme, "w1", "1", Cancelled);
        Assert.Equal(["in its turn", "by hand"], found!.Last.Select(attempt => attempt.Response));
        Assert.Equal(stored, found with { Last = stored.Last });
        Assert.Empty(await one.ListPendingAsync(Acme, "w1", 0, 10, Cancelled));

        // One that was given up may be delivered by hand; one that nobody keeps any more is nothing to write to.
        await one.AddAsync(Acme, "w1", [Delivery(2) with { State = WebhookDeliveryState.Failed }], Cancelled);
        Assert.Equal(WebhookDeliveryState.Delivered, (await one.ChangeAsync(Webhook("w1", 1), (await one.FindAsync(Acme, "w1", "2", Cancelled))!, standing => WebhookRetries.ByHand(standing, succeeded), Cancelled))!.State);
        await one.ClearAsync(Acme, "w1", Cancelled);
        Assert.Null(await one.ChangeAsync(Webhook("w1", 1), stored, standing => WebhookRetries.ByHand(standing, succeeded), Cancelled));
    }

    [Fact]
    public async Task What_is_done_is_forgotten_by_its_age_of_all_webhooks_a_few_at_a_time()
    {
        var store = CreateStores().Deliveries;
        foreach (var (tenant, webhook, age) in new[] { ("acme", "w1", 1), ("globex", "w2", 2), ("acme", "w3", 3) })
        {
            await store.AddAsync(new(tenant), webhook, [Delivery(1) with { At = Noon.AddMinutes(age), State = WebhookDeliveryState.Failed }, Delivery(2) with { At = Noon.AddMinutes(age) }], Cancelled);
        }

        Assert.Equal(1, await store.ForgetAsync(Noon.AddMinutes(3), 1, Cancelled));
        Assert.Equal(["2"], (await store.ListAsync(Acme, "w1", null, 10, Cancelled)).Select(delivery => delivery.Id));
        Assert.Equal(1, await store.ForgetAsync(Noon.AddMinutes(3), 10, Cancelled));
        Assert.Equal(["2"], (await store.ListAsync(new("globex"), "w2", null, 10, Cancelled)).Select(delivery => delivery.Id));
        Assert.Equal(["2", "1"], (await store.ListAsync(Acme, "w3", null, 10, Cancelled)).Select(delivery => delivery.Id));
    }

    [Fact]
    public async Task The_newest_are_listed_first_page_by_page_and_those_that_are_too_many_are_forgotten()
    {
        var store = CreateStores().Deliveries;
        WebhookDelivery[] all = [.. Enumerable.Range(1, 9).Select(n => Delivery(n) with { At = Noon.AddMinutes(n), State = n == 2 ? WebhookDeliveryState.Pending : WebhookDeliveryState.Delivered })];
        await store.AddAsync(Acme, "w1", all, Cancelled);
        var first = await store.ListAsync(Acme, "w1", null, 4, Cancelled);
        Assert.Equal([9L, 8L, 7L, 6L], first.Select(delivery => delivery.Position));
        Assert.Equal([5L, 4L], (await store.ListAsync(Acme, "w1", first[^1].Place, 2, Cancelled)).Select(delivery => delivery.Position));

        await store.PruneAsync(Acme, "w1", 9, Cancelled);
        Assert.Equal(9, (await store.ListAsync(Acme, "w1", null, 20, Cancelled)).Count);
        await store.PruneAsync(Acme, "w1", 3, Cancelled);
        Assert.Equal([9L, 8L, 7L, 2L], (await store.ListAsync(Acme, "w1", null, 20, Cancelled)).Select(delivery => delivery.Position));
    }

    protected static Webhook Webhook(string id, long rev) => new() { Tenant = Acme, Id = id, Url = "https://example.com/hook", Events = [], Start = 7, Secret = new("k1:sealed", "purpose"), CreatedAt = Noon, Rev = rev };

    protected static WebhookDelivery Delivery(long position, string? id = null) =>
        new(id ?? $"{position}", position, "lane", "message.created", position == 0 ? WebhookDeliveryState.Delivered : WebhookDeliveryState.Pending, Noon, Noon, null, 0, []);
}

public sealed class SqliteWebhookStoreTests : WebhookStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override (IWebhookStore Webhooks, IWebhookDeliveryStore Deliveries) CreateStores() => _stores.Open() is var database ? (new SqliteWebhookStore(database), new SqliteWebhookDeliveryStore(database)) : default;
}

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbWebhookStoreTests : WebhookStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override (IWebhookStore Webhooks, IWebhookDeliveryStore Deliveries) CreateStores() => _database.CreateContext() is var context ? (new MongoWebhookStore(context), new MongoWebhookDeliveryStore(context)) : default;
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbWebhookStoreOnStandInTests : WebhookStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_delivery_of_an_earlier_version_is_changed_as_others_are_and_a_deleted_webhook_keeps_no_secret()
    {
        var (context, (webhooks, deliveries)) = (_database.CreateContext(), CreateStores());
        await deliveries.AddAsync(new("acme"), "w1", [Delivery(1)], Cancelled);
        await context.Collection(Collections.WebhookDeliveries).UpdateManyAsync(new BsonDocument(), new BsonDocument("$unset", new BsonDocument("rev", "")), cancellationToken: Cancelled);
        var tried = Delivery(1).Tried(new(DateTimeOffset.UnixEpoch, 1, 500, null, null, false));
        Assert.True(await deliveries.TryUpdateAsync(new("acme"), "w1", tried, Cancelled));
        Assert.False(await deliveries.TryUpdateAsync(new("acme"), "w1", tried, Cancelled));

        await webhooks.SaveAsync(Webhook("w1", 1), Cancelled);
        await webhooks.DeleteAsync(new("acme"), "w1", 2, Cancelled);
        var left = Assert.Single(await context.Collection(Collections.Webhooks).Find(new BsonDocument()).ToListAsync(Cancelled));
        Assert.Equal("", left["body"].AsString);
    }

    protected override (IWebhookStore Webhooks, IWebhookDeliveryStore Deliveries) CreateStores() => _database.CreateContext() is var context ? (new MongoWebhookStore(context), new MongoWebhookDeliveryStore(context)) : default;
}
