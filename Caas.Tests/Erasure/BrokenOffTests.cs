using Caas.Adapters.Files;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Ids;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Erasure;

/// <summary>An erasure may break off at any step of it; the next round goes on, and nothing is left.</summary>
public sealed class BrokenOffTests : IAsyncLifetime
{
    private readonly Faults _faults = new();
    private readonly CorePlatform _platform;

    public BrokenOffTests()
    {
        var folder = Directory.CreateTempSubdirectory("caas-erasure-").FullName;
        _platform = new(folder, services =>
        {
            services.AddAttachmentFiles();
            services.AddSingleton(Options.Create(new AttachmentOptions { Folder = Path.Combine(folder, "files") }));
            services.AddSingleton(Options.Create(new ErasureOptions { Settle = TimeSpan.Zero }));
            var store = services.Last(service => service.ServiceType == typeof(IErasureStore)).ImplementationType!;
            services.AddSingleton<IErasureStore>(provider => new Breaking((IErasureStore)ActivatorUtilities.CreateInstance(provider, store), _faults));
        });
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        foreach (var user in BusyLife.Others.Append(BusyLife.Id))
        {
            await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        }

        await _platform.Get<ConversationService>().CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, "room", "Room", [BusyLife.Id, .. BusyLife.Others]), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_platform.Folder, recursive: true);
    }

    [Fact]
    public async Task Broken_off_at_every_step_it_is_finished_all_the_same()
    {
        await new BusyLife(_platform.Services, CorePlatform.Backend()).LiveAsync();
        var users = _platform.Get<UserService>();
        await users.EraseAsync(CorePlatform.Backend(), BusyLife.Id, Cancelled);

        // The first round breaks off at its first step, the second at its second, and so on.
        var rounds = 0;
        for (var completed = 0; completed == 0; rounds++)
        {
            _faults.After(rounds);
            completed = await _platform.Get<ErasureWorker>().RoundAsync(Cancelled);
        }

        Assert.True(rounds > 10, $"It had {rounds} steps only.");
        Assert.NotNull((await users.EraseAsync(CorePlatform.Backend(), BusyLife.Id, Cancelled)).CompletedAt);
        Assert.Equal(["entries.log", "revocations.id", "revocations.user", "users.id", "users.id_folded"], await DataFolder.ColumnsWithAsync(_platform.Folder, BusyLife.Id, exceptEntries: EntryTypes.UserErased));
        Assert.Empty(await DataFolder.FilesWithAsync(_platform.Folder, BusyLife.Words));
        var room = await _platform.Get<IEntryStore>().ReadAfterAsync(new(new("acme"), "room"), 0, 1_000, Cancelled);
        Assert.Single(room, entry => entry.Type == EntryTypes.UserErased);
        Assert.Single(room, entry => entry.Type == EntryTypes.MemberRemoved);
        Assert.Equal(room.Count(entry => entry.Message?.DeletedAt is not null), room.Count(entry => entry.Type == EntryTypes.MessageDeleted));
    }

    [Fact]
    public async Task One_that_fails_holds_up_nobody_elses()
    {
        await _platform.Get<UserService>().EraseAsync(CorePlatform.Backend(), "bob", Cancelled);
        await _platform.Get<UserService>().EraseAsync(CorePlatform.Backend(), "carol", Cancelled);
        _faults.After(0);
        Assert.Equal(0, await _platform.Get<ErasureWorker>().RoundAsync(Cancelled));
        Assert.Equal(1, await _platform.Get<ErasureWorker>().RoundAsync(Cancelled));
        Assert.Equal(1, await _platform.Get<ErasureWorker>().RoundAsync(Cancelled));
    }

    [Fact]
    public async Task Of_two_who_ask_at_once_both_get_one_pseudonym_and_only_the_backend_may_ask()
    {
        var users = _platform.Get<UserService>();
        var both = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => users.EraseAsync(CorePlatform.Backend(), "bob", Cancelled)));
        Assert.Single(both.Select(one => one.Pseudonym).Distinct());
        var user = new Caller { Kind = CallerKind.User, Tenant = new("acme"), User = new("carol") };
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(user, "carol"));
        Assert.Equal(Refusal.InsufficientScope, await RefusalAsync(CorePlatform.Backend() with { Scopes = ["users:read"] }, "carol"));
        Assert.Equal(Refusal.UserNotFound, await RefusalAsync(CorePlatform.Backend("globex"), "carol"));
        Assert.Equal(Refusal.UserNotFound, await RefusalAsync(CorePlatform.Backend(), "a/b"));
    }

    private async Task<Refusal> RefusalAsync(Caller caller, string user) => (await Assert.ThrowsAsync<RefusedException>(() => _platform.Get<UserService>().EraseAsync(caller, user, Cancelled))).Refusal;

    /// <summary>Lets so many calls through.</summary>
    private sealed class Faults
    {
        private int _left = int.MaxValue;

        public void After(int calls) => _left = calls;

        public void Pass()
        {
            if (_left-- == 0)
            {
                throw new StoreUnavailableException("The process ended here.");
            }
        }
    }

    private sealed class Breaking(IErasureStore inner, Faults faults) : IErasureStore
    {
        public Task<IReadOnlyList<UserErasure>> ListAsync(DateTimeOffset passedBy, UserErasure? after, int limit, CancellationToken cancellationToken) => inner.ListAsync(passedBy, after, limit, cancellationToken);

        public Task SaveAsync(UserErasure erasure, CancellationToken cancellationToken) => Do(() => inner.SaveAsync(erasure, cancellationToken));

        public Task<IReadOnlyList<UserId>> FindNamingAsync(UserErasure erasure, CancellationToken cancellationToken) => inner.FindNamingAsync(erasure, cancellationToken);

        public Task<IReadOnlyList<ConversationId>> FindFlaggedAsync(UserErasure erasure, CancellationToken cancellationToken) => inner.FindFlaggedAsync(erasure, cancellationToken);

        public Task RewriteAsync(LogId log, IReadOnlyList<EntryRewrite> rewrites, CancellationToken cancellationToken) => Do(() => inner.RewriteAsync(log, rewrites, cancellationToken));

        public Task ClearAsync(LogId log, string exceptType, CancellationToken cancellationToken) => Do(() => inner.ClearAsync(log, exceptType, cancellationToken));

        public Task ReplaceAsync(UserErasure erasure, bool last, CancellationToken cancellationToken) => Do(() => inner.ReplaceAsync(erasure, last, cancellationToken));

        public Task CompactAsync(CancellationToken cancellationToken) => Do(() => inner.CompactAsync(cancellationToken));

        private Task Do(Func<Task> call)
        {
            faults.Pass();
            return call();
        }
    }
}
