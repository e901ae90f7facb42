using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Tests.Feed;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Events;

/// <summary>The bus over the feed, on every kind of store.</summary>
public abstract class FeedEventBusContract : EventBusContract
{
    private readonly List<FeedNode> _nodes = [];

    [Fact]
    public async Task A_tenant_that_is_busy_makes_room_for_others_after_its_turn()
    {
        // Three places, four tenants; the first three never run dry before the fourth is heard of.
        var fourth = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var settings = new Dictionary<string, string?>(Settings) { ["Caas:Events:Turn"] = "00:00:00.200", ["Caas:Events:Window"] = "1" };
        var node = World.CreateNode(settings: settings);
        for (var tenant = 1; tenant <= 4; tenant++)
        {
            await World.SayAsync(Log(tenant, 1), "ann", Texts(1, 20));
        }

        await using var listener = new Listener(node.Services.GetRequiredService<IEventBus>(), "g", async (heard, token) =>
        {
            if (heard.Key.StartsWith("t-4", StringComparison.Ordinal))
            {
                fourth.TrySetResult();
            }
            else if (!fourth.Task.IsCompleted)
            {
                await Task.WhenAny(fourth.Task, Task.Delay(100, token));
            }
        });
        await fourth.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        await AllArriveAsync([listener], [.. Enumerable.Range(1, 4).Select(tenant => Log(tenant, 1))], messages: 20);
    }

    [Fact]
    public async Task A_consumer_that_died_is_followed_by_another_when_its_leases_have_run_out()
    {
        var dying = World.CreateNode(services => services.Decorate<ILeaseStore>(inner => new UnrenewedLeases(inner)), settings: Settings);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (var dead = new Listener(dying.Services.GetRequiredService<IEventBus>(), "g", (_, token) =>
        {
            begun.TrySetResult();
            return Task.Delay(Timeout.Infinite, token);
        }))
        {
            await World.SayAsync(Log(1, 1), "ann", Texts(1, 3));
            await begun.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        }

        // Its lease was not given back.
        Assert.Null(await World.Stores.GetRequiredService<ILeaseStore>().AcquireAsync("bus/g/t-1", "somebody", World.Storage.Lease, Cancelled));
        await World.Storage.ExpireLeasesAsync();
        await using var successor = new Listener(CreateBus(), "g");
        await AllArriveAsync([successor], [Log(1, 1)], messages: 3);
    }

    [Fact]
    public async Task An_entry_that_the_log_has_lost_goes_to_the_dead_letters_and_holds_up_nobody()
    {
        await World.SayAsync(Log(1, 1), "ann", "text 1");
        var ghost = LogId.Of(Log(1, 1).Tenant, new("ghost"));
        await World.Feed.AppendAsync([new EntryHeader(ghost, 1, 1, "message.created", EntryTarget.Message, "ann", DateTimeOffset.UnixEpoch)], 1000, Cancelled);
        await using var listener = new Listener(CreateBus(), "g");
        await AllArriveAsync([listener], [Log(1, 1)], messages: 1);
        await Eventually.HoldsAsync(async () => (await ReadDeadLettersAsync("g")).Count == 1 ? null : "no dead letter", Cancelled);
    }

    [Fact]
    public async Task What_a_sieve_leaves_out_is_done_without_being_handled()
    {
        await World.SayAsync(Log(1, 1), "ann", Texts(1, 6));
        await using var listener = new Listener(new SievedBus(CreateBus(), new EvenSieve()), "g");
        await Eventually.HoldsAsync(async () => await World.Feed.ReadPositionAsync(FeedConsumers.Group("g"), Log(1, 1).Tenant, Cancelled) is var position && position == 7 ? null : $"the consumer is at {position}", Cancelled);
        Assert.Equal([2L, 4, 6], listener.Handled.Select(heard => heard.Seq));
    }

    private protected override IEventBus CreateBus()
    {
        var node = World.CreateNode(settings: Settings);
        _nodes.Add(node);
        return node.Services.GetRequiredService<IEventBus>();
    }

    private protected override Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(string group) => _nodes[0].Services.GetRequiredService<IDeadLetterStore>().ListAsync(group, 100, Cancelled);

    private sealed class EvenSieve : IEventSieve
    {
        public Task<IReadOnlyList<FeedItem>> KeepAsync(IReadOnlyList<FeedItem> items, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<FeedItem>>([.. items.Where(item => item.Entry.Seq % 2 == 0)]);
    }

    private sealed class SievedBus(IEventBus inner, IEventSieve sieve) : IEventBus
    {
        public Task ConsumeAsync(string group, IReadOnlyCollection<string> topics, Func<EventRecord, CancellationToken, Task> handler, CancellationToken stoppingToken, IEventSieve? other = null) =>
            inner.ConsumeAsync(group, topics, handler, stoppingToken, sieve);
    }
}
