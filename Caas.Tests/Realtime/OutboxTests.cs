using Caas.Realtime.Connections;
using Xunit;

namespace Caas.Tests.Realtime;

public sealed class OutboxTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_are_written_in_the_order_of_their_adding()
    {
        var carrier = new FakeCarrier();
        var outbox = Outbox(carrier);
        for (var i = 0; i < 500; i++)
        {
            Assert.True(outbox.Add(new(Parts.Message(i), 100)));
        }

        var written = await carrier.WhenWrittenAsync(500, Cancelled);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), written.Select(message => message.Argument.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task One_that_rests_again_and_again_loses_nothing()
    {
        var carrier = new FakeCarrier();
        var outbox = Outbox(carrier);
        using var resting = new CancellationTokenSource();
        var rests = Task.Run(
            () =>
            {
                while (!resting.IsCancellationRequested)
                {
                    outbox.Rest();
                }
            },
            Cancelled);
        for (var i = 0; i < 500; i++)
        {
            Assert.True(outbox.Add(new(Parts.Message(i), 100)));
        }

        var written = await carrier.WhenWrittenAsync(500, Cancelled);
        await resting.CancelAsync();
        await rests.WaitAsync(Bound, Cancelled);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), written.Select(message => message.Argument.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_connection_that_does_not_read_is_cut_off_when_too_many_messages_wait()
    {
        var carrier = new FakeCarrier();
        carrier.Block();
        var outbox = Outbox(carrier, maxMessages: 10);
        outbox.Add(new(Parts.Message(), 1));
        await carrier.WhenWrittenAsync(1, Cancelled);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(outbox.Add(new(Parts.Message(), 1)));
        }

        Assert.False(carrier.IsCutOff);
        Assert.False(outbox.Add(new(Parts.Message(), 1)));
        Assert.True(carrier.IsCutOff);
        Assert.False(outbox.Add(new(Parts.Message(), 1)));
        carrier.Unblock();
        Assert.Single(carrier.Written);
    }

    [Fact]
    public async Task A_connection_that_does_not_read_is_cut_off_when_too_many_bytes_wait()
    {
        var carrier = new FakeCarrier();
        carrier.Block();
        var outbox = Outbox(carrier, maxBytes: 1000);
        outbox.Add(new(Parts.Message(), 5000));
        await carrier.WhenWrittenAsync(1, Cancelled);
        Assert.True(outbox.Add(new(Parts.Message(), 600)));
        Assert.True(outbox.Add(new(Parts.Message(), 400)));
        Assert.False(outbox.Add(new(Parts.Message(), 1)));
        Assert.True(carrier.IsCutOff);
    }

    [Fact]
    public async Task The_last_message_goes_before_what_waits_and_the_end_comes_after_it()
    {
        var carrier = new FakeCarrier();
        carrier.Block();
        var outbox = Outbox(carrier);
        outbox.Add(new(Parts.Message(1), 1));
        await carrier.WhenWrittenAsync(1, Cancelled);
        outbox.Add(new(Parts.Message(2), 1));
        var ended = new TaskCompletionSource();
        Assert.True(outbox.Finish(new Outgoing(Parts.Message(3), 1), ended.SetResult));
        Assert.False(outbox.Finish(null, ended.SetResult));
        Assert.False(ended.Task.IsCompleted);
        carrier.Unblock();
        await ended.Task.WaitAsync(Bound, Cancelled);
        Assert.Equal(["1", "3"], carrier.Written.Select(message => message.Argument.GetProperty("reason").GetString()));
        Assert.False(outbox.Add(new(Parts.Message(4), 1)));
    }

    [Fact]
    public async Task One_that_is_filled_as_fast_as_it_is_written_holds_up_none_of_its_round()
    {
        var (busy, quiet) = (new FakeCarrier(), new FakeCarrier());
        var (busyBox, quietBox) = (Outbox(busy), Outbox(quiet));
        var stop = false;
        busy.OnWrite = written => _ = Volatile.Read(ref stop) || busyBox.Add(new(Parts.Message(written), 1));
        var round = new PumpRound();
        Assert.True(busyBox.Add(new(Parts.Message(0), 1), round));
        Assert.True(quietBox.Add(new(Parts.Message(), 1), round));
        round.Begin();
        await quiet.WhenWrittenAsync(1, Cancelled).WaitAsync(Bound, Cancelled);

        // It goes on meanwhile, and in order.
        await busy.WhenWrittenAsync(10 * Caas.Realtime.Connections.Outbox.MessagesPerTurn, Cancelled).WaitAsync(Bound, Cancelled);
        Volatile.Write(ref stop, true);
        await busyBox.WhenFlushed().WaitAsync(Bound, Cancelled);
        var reasons = busy.Written.Select(message => message.Argument.GetProperty("reason").GetString()).ToArray();
        Assert.Equal(Enumerable.Range(0, reasons.Length).Select(i => $"{i}"), reasons);
    }

    [Fact]
    public async Task A_write_that_waits_is_measured()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var carrier = new FakeCarrier();
        carrier.Block();
        var outbox = new Outbox(carrier, 10, 1000, Parts.Metrics(), clock);
        Assert.Equal(TimeSpan.Zero, outbox.Stalled());
        outbox.Add(new(Parts.Message(), 1));
        await carrier.WhenWrittenAsync(1, Cancelled);
        using var bound = new CancellationTokenSource(Bound);
        while (outbox.Stalled() == TimeSpan.Zero)
        {
            bound.Token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        carrier.Unblock();
    }

    private static Outbox Outbox(FakeCarrier carrier, int maxMessages = 1000, int maxBytes = 1_000_000) => new(carrier, maxMessages, maxBytes, Parts.Metrics(), TimeProvider.System);
}
