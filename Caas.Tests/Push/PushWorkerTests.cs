using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Push;
using Caas.Core.Users;
using Caas.Tests.Conversations;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>With push services of which some do not answer.</summary>
public sealed class PushWorkerTests : IAsyncLifetime
{
    private readonly SlowProvider _provider = new();
    private readonly CorePlatform _platform;
    private readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
    private PushWorker _worker = null!;

    public PushWorkerTests() => _platform = new(configure: services =>
    {
        services.AddSingleton<IPushProvider>(_provider);
        services.Configure<PushOptions>(options => (options.Parallelism, options.Period) = (8, TimeSpan.FromMilliseconds(50)));
    });

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public ValueTask InitializeAsync()
    {
        _worker = ActivatorUtilities.CreateInstance<PushWorker>(_platform.Services);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
        _worker.Dispose();
        await _platform.DisposeAsync();
    }

    [Fact]
    public async Task Devices_that_nobody_answers_for_keep_their_own_pushes_waiting_and_nobody_elses()
    {
        // More than are read at once, and due before all others.
        await AddAsync("slow-1", devices: 8, _now.AddMinutes(-2), conversations: 200);
        await AddAsync("acme", devices: 2, _now);
        await _worker.StartAsync(Cancelled);
        await Eventually.HoldsAsync(() => _provider.Begun("acme") == 2, "others wait too", Cancelled);
        Assert.Equal(4, _provider.Begun("slow-1"));
    }

    [Fact]
    public async Task However_many_tenants_devices_nobody_answers_for_others_are_pushed_to()
    {
        for (var n = 0; n < 6; n++)
        {
            await AddAsync($"slow-{n}", devices: 4, _now.AddMinutes(-2));
        }

        await _worker.StartAsync(Cancelled);
        await Eventually.HoldsAsync(() => Enumerable.Range(0, 6).Sum(n => _provider.Begun($"slow-{n}")) >= 8, "the slow have not begun", Cancelled);
        await AddAsync("acme", devices: 2, _now);
        await Eventually.HoldsAsync(() => _provider.Begun("acme") == 2, "others wait", Cancelled);
    }

    [Fact]
    public async Task Calls_wait_for_no_message_not_even_one_to_the_same_device()
    {
        await AddAsync("slow-1", devices: 5, _now.AddMinutes(-2));
        await AddAsync("slow-2", devices: 5, _now.AddMinutes(-1));
        await _worker.StartAsync(Cancelled);
        await Eventually.HoldsAsync(() => _provider.Begun("slow-1") + _provider.Begun("slow-2") == 8, "not all slots are taken", Cancelled);
        await AddAsync("acme", devices: 1, _now.AddMinutes(-3));
        await CallAsync("acme");
        await CallAsync("slow-1");
        await Eventually.HoldsAsync(() => (_provider.Begun("acme"), _provider.Begun("slow-1")) == (1, 5), "calls wait", Cancelled);
    }

    /// <summary>Devices of one user each, with a push of each conversation.</summary>
    private async Task AddAsync(string tenant, int devices, DateTimeOffset due, int conversations = 1)
    {
        await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(tenant), "sender", new("sender"), Cancelled);
        await Task.WhenAll(Enumerable.Range(0, conversations).Select(room => _platform.Get<IConversationStore>().FoldAsync(
            Samples.Conversation($"room-{room}") with { Tenant = new(tenant) }, null, [.. Enumerable.Range(0, devices).Select(n => Samples.Member($"room-{room}", $"user-{n}", 1) with { Tenant = new(tenant) })], Cancelled)));
        for (var n = 0; n < devices; n++)
        {
            var user = $"user-{n}";
            await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(tenant), user, new(user), Cancelled);
            await _platform.Get<DeviceService>().PutAsync(new() { Kind = CallerKind.User, Tenant = new(tenant), User = new(user) }, "phone", new(DevicePlatform.Apns, $"{n:00}"), Cancelled);
            await _platform.Get<IPushStore>().AddAsync(
                [.. Enumerable.Range(0, conversations).Select(room => new PushJob(new(tenant), new(user), "phone", new($"room-{room}"), 1, NotificationKind.Added, NotificationPriority.Normal, 0, due) { Service = nameof(DevicePlatform.Apns) })], Cancelled);
        }
    }

    /// <summary>A call that rings for the first of a tenant's users, and its push.</summary>
    private async Task CallAsync(string tenant)
    {
        var call = await _platform.Get<CallService>().StartAsync(new() { Kind = CallerKind.User, Tenant = new(tenant), User = new("sender") }, new("c1", "r1"), new(UserIds: ["user-0"]), Cancelled);
        var conversation = new ConversationId(call.Conversation);
        var seq = (await _platform.Get<IEntryStore>().ReadTailAsync(LogId.Of(new(tenant), conversation), Cancelled)).Seq;
        await _platform.Get<IPushStore>().AddAsync([new PushJob(new(tenant), new("user-0"), "phone", conversation, seq, NotificationKind.Call, NotificationPriority.Urgent, 0, _now) { At = call.StartedAt, Service = nameof(DevicePlatform.Apns) }], Cancelled);
    }

    /// <summary>Does not answer for tenants that are slow.</summary>
    private sealed class SlowProvider : IPushProvider
    {
        private readonly ConcurrentQueue<string> _begun = new();

        public DevicePlatform Platform => DevicePlatform.Apns;

        public int Begun(string tenant) => _begun.Count(one => one == tenant);

        public async Task<PushResult> SendAsync(Caas.Core.Push.Push push, PushAccounts accounts, CancellationToken cancellationToken)
        {
            _begun.Enqueue(push.Tenant.Value);
            if (push.Tenant.Value.StartsWith("slow", StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return PushResult.Sent;
        }
    }
}
