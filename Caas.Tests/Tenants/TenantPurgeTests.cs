using System.Text;
using Caas.Adapters.Files;
using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Tenants;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Reactions;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Usage;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Notifications;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Tenants;

/// <summary>Of a deleted tenant nothing is left but its tombstone; of the others nothing is lost.</summary>
public sealed class TenantPurgeTests : IAsyncLifetime
{
    private static readonly Caller Admin = new() { Kind = CallerKind.Admin };
    private static readonly Uri Gateway = new("http://caas.test");

    private readonly FakeTimeProvider _clock = new(new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CorePlatform _platform;

    public TenantPurgeTests()
    {
        var folder = Directory.CreateTempSubdirectory("caas-purge-").FullName;
        _platform = new(folder, services =>
        {
            services.AddSingleton<TimeProvider>(_clock);
            services.AddAttachmentFiles();
            services.AddSingleton(Options.Create(new AttachmentOptions { Folder = Path.Combine(folder, "files") }));
        });
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var tenant in new[] { "acme", "globex" })
        {
            await FillAsync(tenant);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_platform.Folder, recursive: true);
    }

    [Fact]
    public async Task All_of_it_goes_an_hour_after_its_deletion_and_nothing_of_another()
    {
        var theirs = await RowsAsync("globex");
        Assert.True((await RowsAsync("acme")).Count >= 10, "the test fills too few tables");
        Assert.Equal(0, await PurgeAsync());
        await _platform.Get<TenantService>().DeleteAsync(Admin, "acme", Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(0, await PurgeAsync());
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, await PurgeAsync());
        Assert.Equal(0, await PurgeAsync());

        // Its own log says who made and deleted it; revocations end by themselves.
        Assert.Equal(["entries"], (await RowsAsync("acme")).Keys);
        Assert.All(await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.OfTenant(new("acme")), 0, 100, Cancelled), entry => Assert.StartsWith("$tenant", entry.Log.Name, StringComparison.Ordinal));
        Assert.Equal(theirs, await RowsAsync("globex"));
        Assert.Single(Directory.GetFiles(Path.Combine(_platform.Folder, "files"), "*", SearchOption.AllDirectories));
        var taken = await Assert.ThrowsAsync<Caas.Core.Refusals.RefusedException>(() => _platform.Get<TenantService>().CreateAsync(Admin, new("Again", "acme"), Cancelled));
        Assert.Equal("id_taken", taken.Refusal.Code);
    }

    [Fact]
    public async Task Inboxes_devices_preferences_pushes_and_waiting_mails_go_too_and_another_tenant_keeps_its_own()
    {
        string[] tables = ["device_keys", "devices", "notifications", "pushes", "timed", "users"];
        var (ours, theirs) = (new NotifiedLife(_platform, new("acme")), new NotifiedLife(_platform, new("globex")));
        await ours.LiveAsync();
        await theirs.LiveAsync();
        var kept = (Rows: await RowsAsync("globex"), Inbox: await theirs.InboxAsync("zelda"), Devices: await theirs.DevicesOfAsync("zelda"), Pushes: await theirs.PushesAsync());
        Assert.Empty(tables.Except((await RowsAsync("acme")).Keys));
        Assert.NotEmpty(kept.Inbox);

        await _platform.Get<TenantService>().DeleteAsync(Admin, "acme", Cancelled);
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, await PurgeAsync());
        Assert.Equal(["entries"], (await RowsAsync("acme")).Keys);
        Assert.Empty(await ours.InboxAsync("zelda"));
        Assert.Empty(await ours.DevicesOfAsync("zelda"));
        Assert.Empty(await ours.PushesAsync());
        Assert.Equal(kept.Rows, await RowsAsync("globex"));
        Assert.Equal((kept.Inbox.Count, kept.Devices.Count, kept.Pushes.Count), ((await theirs.InboxAsync("zelda")).Count, (await theirs.DevicesOfAsync("zelda")).Count, (await theirs.PushesAsync()).Count));
    }

    [Fact]
    public async Task A_purge_that_broke_off_is_gone_on_with()
    {
        await _platform.Get<TenantService>().DeleteAsync(Admin, "acme", Cancelled);
        _clock.Advance(TimeSpan.FromHours(2));
        var store = _platform.Get<ITenantPurgeStore>();
        for (var i = 0; i < 5; i++)
        {
            Assert.True(await store.PurgeAsync(new("acme"), 1, Cancelled));
        }

        Assert.Equal([new TenantId("acme")], await store.ListDueAsync(_clock.GetUtcNow(), 10, Cancelled));
        Assert.Equal(1, await PurgeAsync());
        Assert.Empty(await store.ListDueAsync(_clock.GetUtcNow(), 10, Cancelled));
        Assert.Equal(["entries"], (await RowsAsync("acme")).Keys);
    }

    private Task<int> PurgeAsync() => _platform.Get<TenantPurge>().PurgeAsync(Cancelled);

    private async Task FillAsync(string tenant)
    {
        await _platform.Get<TenantService>().CreateAsync(Admin, new(tenant, tenant), Cancelled);
        var backend = CorePlatform.Backend(tenant);
        foreach (var user in new[] { "ann", "bob" })
        {
            await _platform.Get<UserService>().UpsertAsync(backend, user, new(user), Cancelled);
        }

        await _platform.Get<TokenService>().IssueAsync(backend, "ann", new(), Cancelled);
        var (ann, room) = (new Caller { Kind = CallerKind.User, Tenant = new(tenant), User = new("ann") }, new ConversationId("room"));
        await _platform.Get<ConversationService>().CreateAsync(ann, new(ConversationType.Group, "room", MemberIds: ["bob"]), Cancelled);
        var place = await _platform.Get<AttachmentService>().CreateAsync(ann, new("a.txt", "text/plain", 5), Gateway, Cancelled);
        var attachment = Assert.Single(await _platform.Get<IAttachmentStore>().FindManyAsync(ann.Tenant, [place.Id], Cancelled));
        await _platform.Get<AttachmentIntake>().ReceiveAsync(attachment, new MemoryStream(Encoding.UTF8.GetBytes("hello")), Cancelled);
        var sent = (await _platform.Get<MessageService>().SendAsync(ann, room, new("hello", Attachments: [new(AttachmentId: place.Id)]), null, Cancelled)).Message;
        await _platform.Get<ReactionService>().AddAsync(ann, room, sent.Id, "👍", null, Cancelled);
        await _platform.Get<UsageTracker>().FlushAsync(Cancelled);
    }

    /// <summary>How many rows of a tenant each table has, those without any left out.</summary>
    private async Task<SortedDictionary<string, long>> RowsAsync(string tenant)
    {
        await using var database = new SqliteDatabase($"Data Source={Path.Combine(_platform.Folder, "caas.db")}");
        return await database.ReadAsync(connection => new SortedDictionary<string, long>(SqliteTenantPurgeStore.Tables(connection)
            .Select(table => (table.Table, Rows: connection.Number($"SELECT count(*) FROM {table.Table} WHERE tenant = $tenant", tenant) ?? 0))
            .Where(table => table.Rows > 0).ToDictionary(table => table.Table, table => table.Rows), StringComparer.Ordinal), Cancelled);
    }
}
