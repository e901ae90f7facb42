using System.Text;
using System.Threading.Channels;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.Delivery;

/// <summary>What <see cref="IConversationChannels"/> promises. Adapters inherit it.</summary>
public abstract class ConversationChannelsContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly LogId Log = new(new TenantId("acme"), "general");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The channels of one more process over the test's backplane.</summary>
    protected abstract Task<IConversationChannels> CreateAsync();

    /// <summary>Ends the backplane at once.</summary>
    protected abstract Task KillAsync();

    /// <summary>Starts it (again).</summary>
    protected abstract Task StartAsync();

    [Fact]
    public async Task A_payload_reaches_every_subscriber_of_its_log_in_every_process_and_none_of_another()
    {
        await StartAsync();
        var (one, other) = (await ConnectedAsync(), await ConnectedAsync());
        var (first, second, sameName, sameTenant) = (new Receiver(), new Receiver(), new Receiver(), new Receiver());
        await one.SubscribeAsync(Log, first.Receive, Cancelled);
        await other.SubscribeAsync(Log, second.Receive, Cancelled);
        await other.SubscribeAsync(new(new TenantId("other"), "general"), sameName.Receive, Cancelled);
        await other.SubscribeAsync(new(new TenantId("acme"), "random"), sameTenant.Receive, Cancelled);

        one.Publish(Log, Bytes("hello"));

        Assert.Equal("hello", await first.NextAsync());
        Assert.Equal("hello", await second.NextAsync());
        one.Publish(new(new TenantId("other"), "general"), Bytes("theirs"));
        one.Publish(new(new TenantId("acme"), "random"), Bytes("elsewhere"));
        Assert.Equal("theirs", await sameName.NextAsync());
        Assert.Equal("elsewhere", await sameTenant.NextAsync());
        Assert.True(first.IsEmpty && second.IsEmpty);
    }

    [Fact]
    public async Task Payloads_of_one_process_arrive_in_their_order_and_unchanged()
    {
        await StartAsync();
        var (one, other) = (await ConnectedAsync(), await ConnectedAsync());
        var received = new Receiver();
        await other.SubscribeAsync(Log, received.Receive, Cancelled);

        // What is published before the subscription stands may be lost, and on a busy machine it stands late.
        await Eventually.HoldsAsync(
            () =>
            {
                one.Publish(Log, Bytes("ready"));
                return !received.IsEmpty;
            },
            "nothing arrives",
            Cancelled);

        for (var i = 0; i < 2_000; i++)
        {
            one.Publish(Log, Bytes($"{i} ☕ \0"));
        }

        var next = await received.NextAsync();
        while (next == "ready")
        {
            next = await received.NextAsync();
        }

        for (var i = 0; i < 2_000; i++)
        {
            Assert.Equal($"{i} ☕ \0", next);
            next = i < 1_999 ? await received.NextAsync() : next;
        }
    }

    [Fact]
    public async Task A_disposed_subscription_receives_nothing_more_and_leaves_the_others_alone()
    {
        await StartAsync();
        var channels = await ConnectedAsync();
        var (gone, stays) = (new Receiver(), new Receiver());
        var subscription = await channels.SubscribeAsync(Log, gone.Receive, Cancelled);
        await channels.SubscribeAsync(Log, stays.Receive, Cancelled);
        await subscription.DisposeAsync();
        await subscription.DisposeAsync();

        channels.Publish(Log, Bytes("hello"));
        Assert.Equal("hello", await stays.NextAsync());
        Assert.True(gone.IsEmpty);
    }

    [Fact]
    public async Task A_log_can_be_left_and_subscribed_again_at_once()
    {
        await StartAsync();
        var channels = await ConnectedAsync();
        for (var i = 0; i < 20; i++)
        {
            var received = new Receiver();
            await using var subscription = await channels.SubscribeAsync(Log, received.Receive, Cancelled);
            channels.Publish(Log, Bytes($"{i}"));
            Assert.Equal($"{i}", await received.NextAsync());
        }
    }

    [Fact]
    public async Task A_receiver_that_throws_does_not_stop_its_subscription()
    {
        await StartAsync();
        var channels = await ConnectedAsync();
        var received = new Receiver();
        await channels.SubscribeAsync(Log, payload =>
        {
            received.Receive(payload);
            throw new InvalidOperationException("a fault of the test's own");
        }, Cancelled);

        channels.Publish(Log, Bytes("one"));
        channels.Publish(Log, Bytes("two"));
        Assert.Equal("one", await received.NextAsync());
        Assert.Equal("two", await received.NextAsync());
    }

    [Fact]
    public async Task Revocation_hints_reach_every_process()
    {
        await StartAsync();
        var (one, other) = (await ConnectedAsync(), await ConnectedAsync());
        var (here, there) = (new TaskCompletionSource(), new TaskCompletionSource());
        one.RevocationHinted += () => here.TrySetResult();
        other.RevocationHinted += () => there.TrySetResult();

        // What is published before the subscriptions stand may be lost, and on a busy machine they stand late.
        await Eventually.HoldsAsync(
            () =>
            {
                one.PublishRevocationHint();
                return here.Task.IsCompleted && there.Task.IsCompleted;
            },
            "a process has not heard of it",
            Cancelled);
    }

    [Fact]
    public async Task After_the_backplane_was_killed_and_started_again_every_subscription_stands_when_Reconnected_is_raised()
    {
        await StartAsync();
        var (one, other) = (await ConnectedAsync(), await ConnectedAsync());
        var logs = Enumerable.Range(0, 200).Select(i => new LogId(new TenantId("acme"), $"c{i}")).ToArray();
        var received = new Receiver();
        foreach (var log in logs)
        {
            await other.SubscribeAsync(log, received.Receive, Cancelled);
        }

        var (oneBack, otherBack) = (new Signal(), new Signal());
        one.Reconnected += oneBack.Set;
        other.Reconnected += otherBack.Set;

        for (var round = 0; round < 2; round++)
        {
            await KillAsync();
            await UntilAsync(() => !one.IsConnected && !other.IsConnected, "both processes see that the backplane is gone");
            for (var i = 0; i < 50_000; i++)
            {
                one.Publish(Log, Bytes("nobody gets this"));
            }

            await StartAsync();
            await oneBack.WaitAsync();
            await otherBack.WaitAsync();
            Assert.True(one.IsConnected && other.IsConnected);
            foreach (var log in logs)
            {
                one.Publish(log, Bytes($"{round} {log.Name}"));
            }

            var all = new HashSet<string>();
            for (var i = 0; i < logs.Length; i++)
            {
                Assert.True(all.Add(await received.NextAsync()));
            }
        }
    }

    [Fact]
    public async Task What_is_subscribed_while_the_backplane_is_gone_stands_after_its_return()
    {
        await StartAsync();
        var channels = await ConnectedAsync();
        var back = new Signal();
        channels.Reconnected += back.Set;
        await KillAsync();
        await UntilAsync(() => !channels.IsConnected, "the process sees that the backplane is gone");

        var received = new Receiver();
        await channels.SubscribeAsync(Log, received.Receive, Cancelled);
        await StartAsync();
        await back.WaitAsync();
        channels.Publish(Log, Bytes("hello"));
        Assert.Equal("hello", await received.NextAsync());
    }

    [Fact]
    public async Task A_process_starts_without_the_backplane_and_finds_it_later()
    {
        var channels = await CreateAsync();
        var back = new Signal();
        channels.Reconnected += back.Set;
        Assert.False(channels.IsConnected);
        var received = new Receiver();
        await channels.SubscribeAsync(Log, received.Receive, Cancelled);
        channels.Publish(Log, Bytes("nobody gets this"));

        await StartAsync();
        await back.WaitAsync();
        channels.Publish(Log, Bytes("hello"));
        Assert.Equal("hello", await received.NextAsync());
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static Task UntilAsync(Func<bool> holds, string what) => Eventually.HoldsAsync(holds, $"it did not happen that {what}", Cancelled);

    /// <summary>The channels of one more process, which has found the backplane: a subscription before that stands only later.</summary>
    private async Task<IConversationChannels> ConnectedAsync()
    {
        var channels = await CreateAsync();
        await Eventually.HoldsAsync(() => channels.IsConnected, "the backplane is not found", Cancelled);
        return channels;
    }

    private sealed class Receiver
    {
        private readonly Channel<string> _payloads = Channel.CreateUnbounded<string>();

        public bool IsEmpty => _payloads.Reader.Count == 0;

        public void Receive(ReadOnlyMemory<byte> payload) => _payloads.Writer.TryWrite(Encoding.UTF8.GetString(payload.Span));

        public Task<string> NextAsync() => _payloads.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Patience, Cancelled);
    }

    private sealed class Signal
    {
        private readonly Channel<bool> _set = Channel.CreateUnbounded<bool>();

        public void Set() => _set.Writer.TryWrite(true);

        public async Task WaitAsync() => Assert.True(await _set.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Patience, Cancelled));
    }
}
