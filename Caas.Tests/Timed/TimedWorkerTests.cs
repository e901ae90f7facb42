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
        var handler = new Handler(item => item.Body switch
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
    public async Task Kinds_of_another_version_are_left_to_it()
    {
        var unknown = Room with { Kind = "of tomorrow" };
        await Store.AddAsync(new(unknown, "1", null, DueAt(10), true, "{}"), Cancelled);
        await AddAsync("2", "good");
        var handler = new Handler(_ => null);
        await RunAsync(handler, () => handler.Done.Contains("good") ? null : "it is not done");
        Assert.True((await Store.FindAsync(unknown, "1", Cancelled))!.Waiting);
    }

    private static DateTimeOffset DueAt(int minutesAgo) => DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddMinutes(-minutesAgo).ToUnixTimeMilliseconds());

    private Task AddAsync(string id, string body) => Store.AddAsync(new(Room, id, null, DueAt(9 - int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)), true, body), Cancelled);

    private async Task RunAsync(Handler handler, Func<string?> missing)
    {
        using var worker = new TimedWorker(Store, [handler], _platform.Get<Election>(), NullLogger<TimedWorker>.Instance);
        await worker.StartAsync(Cancelled);
        await Eventually.HoldsAsync(() => Task.FromResult(missing()), Cancelled);
        await worker.StopAsync(Cancelled);
    }

    private sealed class Handler(Func<TimedItem, Exception?> fault) : ITimedHandler
    {
        public ConcurrentQueue<string> Done { get; } = [];

        public string Kind => Room.Kind;

        public Task HandleAsync(TimedItem item, CancellationToken cancellationToken)
        {
            if (fault(item) is { } exception)
            {
                return Task.FromException(exception);
            }

            Done.Enqueue(item.Body);
            return Task.CompletedTask;
        }
    }
}
