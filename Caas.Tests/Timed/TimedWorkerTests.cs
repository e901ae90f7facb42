using System.Collections.Concurrent;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Refusals;
using Caas.Core.Timed;
using Caas.Tests.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Caas.Tests.Timed;

public sealed class TimedWorkerTests : IAsyncLifetime
{
    private static readonly TimedPlace Room = new(new("acme"), "message", "room");

    private readonly CorePlatform _platform = new();

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private ITimedStore Store => _platform.Get<ITimedStore>();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task What_cannot_be_done_now_is_put_off_and_holds_up_no_other()
    {
        await AddAsync("1", "refused");
        await AddAsync("2", "unavailable");
        await AddAsync("3", "broken");
        await AddAsync("4", "good");
        var handler = Handling(item => item.Body switch
        {
            "refused" => new RefusedException(Refusal.Unavailable, "The bucket is out of reach."),
            "unavailable" => new StoreUnavailableException("This one takes too long."),
            "broken" => new InvalidOperationException("nobody knows"),
            _ => null,
        });
        await RunAsync(handler, () => handler.Done.Contains("good") ? null : "the good one waits for the others");
        foreach (var id in new[] { "1", "2" })
        {
            Assert.True((await Store.FindAsync(Room, id, Cancelled))! is { Waiting: true } item && item.DueAt > TimeProvider.System.GetUtcNow().AddSeconds(-5), $"{id} was not put off");
        }

        Assert.False((await Store.FindAsync(Room, "3", Cancelled))!.Waiting);
    }

    [Fact]
    public async Task What_an_erasure_wrote_into_an_item_while_it_was_tried_stays_when_it_is_put_off_or_set_aside()
    {
        await AddAsync("1", "unavailable, of zelda");
        await AddAsync("2", "broken, of zelda");
        var handler = Handling(item => item.Body.StartsWith("broken", StringComparison.Ordinal) ? new InvalidOperationException("nobody knows") : new StoreUnavailableException("not now"), waits: _ => true);
        await RunAsync(handler, () => handler.Begun.Count < 2 ? "they are not tried" : null, async () =>
        {
            await Eventually.HoldsAsync(() => !handler.Begun.IsEmpty, "the first is not begun", Cancelled);
            foreach (var id in new[] { "1", "2" })
            {
                var read = (await Store.FindAsync(Room, id, Cancelled))!;
                Assert.True(await Store.ReplaceAsync(read, read with { Body = read.Body.Replace("zelda", "nobody", StringComparison.Ordinal) }, Cancelled));
            }

            handler.GoOn();
            await Eventually.HoldsAsync(async () => (await Store.FindAsync(Room, "2", Cancelled))!.Waiting ? "the second is not set aside" : null, Cancelled);
        });
        Assert.Equal(["unavailable, of nobody", "broken, of nobody"], (await Store.ListAsync(Room, TimedOwner.Everybody, null, 10, Cancelled)).Select(item => item.Body));
        Assert.True((await Store.FindAsync(Room, "1", Cancelled))! is { Waiting: true } item && item.DueAt > DueAt(1));
    }

    [Fact]
    public async Task Kinds_of_another_version_are_left_to_it()
    {
        var unknown = Room with { Kind = "of tomorrow" };
        await Store.AddAsync(new(unknown, "1", null, DueAt(10), true, "{}"), Cancelled);
        await AddAsync("2", "good");
        var handler = Handling();
        await RunAsync(handler, () => handler.Done.Contains("good") ? null : "it is not done");
        Assert.True((await Store.FindAsync(unknown, "1", Cancelled))!.Waiting);
    }

    [Fact]
    public async Task What_one_kind_waits_for_holds_up_no_other_kind()
    {
        await Store.AddAsync(new(new(new("tarpit"), "mail", "ann"), "1", null, DueAt(10), true, "mail"), Cancelled);
        await AddAsync("2", "good");
        var (slow, quick) = (Handling(waits: _ => true, kind: "mail"), Handling());
        await RunAsync([slow, quick], () => slow.Begun.IsEmpty || !quick.Done.Contains("good") ? "the message waits for the mail" : null);
        Assert.Empty(slow.Done);
    }

    [Fact]
    public async Task A_tenants_thousand_hold_up_nobody_elses_one_and_few_of_them_are_under_way_at_once()
    {
        for (var i = 0; i < 1_000; i++)
        {
            await Store.AddAsync(new(new(new("busy"), Room.Kind, $"room-{i:0000}"), "1", null, DueAt(10), true, "busy"), Cancelled);
        }

        await AddAsync("2", "good");
        var handler = Handling(waits: item => item.Body == "busy");
        await RunAsync(handler, () => handler.Done.Contains("good") ? null : "it waits for another tenant's");
        Assert.Equal(["good"], handler.Done);
        Assert.InRange(handler.Begun.Count(body => body == "busy"), 1, 10);
    }

    [Fact]
    public async Task What_is_due_in_one_place_goes_in_its_order_and_what_was_taken_back_meanwhile_is_not_done()
    {
        foreach (var id in new[] { "1", "2", "3" })
        {
            await AddAsync(id, id);
        }

        var handler = Handling(waits: item => item.Id == "1");
        await RunAsync(handler, () => handler.Done.Contains("3") ? null : "they are not done", async () =>
        {
            await Eventually.HoldsAsync(() => !handler.Begun.IsEmpty, "the first is not begun", Cancelled);
            Assert.Equal(["1"], handler.Begun);
            await Store.DeleteAsync(Room, "2", Cancelled);
            handler.GoOn();
        });
        Assert.Equal(["1", "3"], handler.Done);
    }

    private static DateTimeOffset DueAt(int minutesAgo) => DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddMinutes(-minutesAgo).ToUnixTimeMilliseconds());

    private Task AddAsync(string id, string body) => Store.AddAsync(new(Room, id, null, DueAt(9 - int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)), true, body), Cancelled);

    private Handler Handling(Func<TimedItem, Exception?>? fault = null, Func<TimedItem, bool>? waits = null, string? kind = null) => new(Store, fault ?? (_ => null), kind ?? Room.Kind) { Waits = waits ?? (_ => false) };

    private Task RunAsync(Handler handler, Func<string?> missing, Func<Task>? meanwhile = null) => RunAsync([handler], missing, meanwhile);

    private async Task RunAsync(Handler[] handlers, Func<string?> missing, Func<Task>? meanwhile = null)
    {
        using var worker = new TimedWorker(Store, handlers, _platform.Get<Election>(), NullLogger<TimedWorker>.Instance);
        await worker.StartAsync(Cancelled);
        await (meanwhile?.Invoke() ?? Task.CompletedTask);
        await Eventually.HoldsAsync(() => Task.FromResult(missing()), Cancelled);
        await worker.StopAsync(Cancelled);
    }

    private sealed class Handler(ITimedStore store, Func<TimedItem, Exception?> fault, string kind) : ITimedHandler
    {
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<string> Begun { get; } = [];

        public ConcurrentQueue<string> Done { get; } = [];

        public Func<TimedItem, bool> Waits { get; init; } = _ => false;

        public string Kind => kind;

        public void GoOn() => _goOn.SetResult();

        public async Task HandleAsync(TimedItem item, CancellationToken cancellationToken)
        {
            Begun.Enqueue(item.Body);
            if (Waits(item))
            {
                await _goOn.Task.WaitAsync(cancellationToken);
            }

            if (fault(item) is { } exception)
            {
                throw exception;
            }

            Done.Enqueue(item.Body);
            await store.DeleteAsync(item.Place, item.Id, cancellationToken);
        }
    }
}
