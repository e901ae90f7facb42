using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Tests.Entries;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Feed;

/// <summary>What the projector promises, on every kind of store.</summary>
public abstract class ProjectorContract : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private FeedWorld _world = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _world = new(CreateStorage());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract FeedStorage CreateStorage();

    [Fact]
    public async Task Everything_written_before_and_while_it_runs_is_projected_and_in_the_feed_once_in_order()
    {
        await _world.WriteSomeAsync(1);
        await _world.StartProjectorAsync();
        await _world.WriteSomeAsync(2);
        await _world.AssertProjectedAsync();
        await _world.WriteSomeAsync(3);
        await _world.AssertProjectedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_at_any_write_leaves_neither_hole_nor_double(bool lastWriteTakesEffect)
    {
        var crashes = 0;
        for (var step = 1; ; step++)
        {
            await _world.WriteSomeAsync(step);
            var writes = 0;
            var died = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var doomed = await _world.StartProjectorAsync(onWrite: () =>
            {
                var write = Interlocked.Increment(ref writes);
                if (write < step)
                {
                    return WriteFate.Works;
                }

                // From here on this process is dead: nothing of it reaches the store any more.
                died.TrySetResult();
                return write == step && lastWriteTakesEffect ? WriteFate.AnswerLost : WriteFate.Lost;
            });
            var finished = _world.AssertProjectedAsync();
            if (await Task.WhenAny(died.Task, finished).WaitAsync(Bound, Cancelled) == finished && !died.Task.IsCompleted)
            {
                await finished;
                break;
            }

            crashes++;
            await doomed.StopAsync();
            var successor = await _world.StartProjectorAsync();
            do
            {
                // Again and again: the dead process's last write may come to the store late, and be a lease.
                await _world.Storage.ExpireLeasesAsync();
            }
            while (await Task.WhenAny(finished, Task.Delay(TimeSpan.FromSeconds(1), Cancelled)) != finished);
            await finished;
            await successor.StopAsync();
        }

        // The lease, the claimed place, folds, summaries, the feed, the place: each of them was the last thing some process did.
        Assert.InRange(crashes, 6, 100);
    }

    [Fact]
    public async Task Of_several_processes_one_projects_and_another_goes_on_after_it()
    {
        var nodes = new[] { await _world.StartProjectorAsync(), await _world.StartProjectorAsync(), await _world.StartProjectorAsync() };
        await _world.WriteSomeAsync(1);
        await _world.AssertProjectedAsync();
        var elected = Assert.Single(nodes, node => node.Logs.Has(8001));

        await elected.StopAsync();
        await _world.WriteSomeAsync(2);
        await _world.AssertProjectedAsync();
        Assert.Single(nodes, node => node != elected && node.Logs.Has(8001));
    }

    [Fact]
    public async Task A_zombie_that_wakes_after_its_successor_has_worked_is_fenced()
    {
        await _world.WriteSomeAsync(1);
        var stall = new Stall();
        var zombie = await _world.StartProjectorAsync(services => services
            .Decorate<IFeedStore>(inner => new StallingFeedStore(inner, stall))
            .Decorate<ILeaseStore>(inner => new UnrenewedLeases(inner)));
        await stall.Reached.WaitAsync(Bound, Cancelled);

        await _world.Storage.ExpireLeasesAsync();
        await _world.StartProjectorAsync();
        await _world.AssertProjectedAsync();
        stall.GoOn();
        await Eventually.HoldsAsync(() => zombie.Logs.Has(8003), "the zombie was not fenced", Cancelled);

        await _world.WriteSomeAsync(2);
        await _world.AssertProjectedAsync();
    }

    [Fact]
    public async Task A_lost_place_is_rescanned_by_time()
    {
        await _world.WriteSomeAsync(1);
        var first = await _world.StartProjectorAsync();
        await _world.AssertProjectedAsync();
        await first.StopAsync();
        await _world.WriteSomeAsync(2);

        var saved = await _world.Feed.ReadSourcePositionAsync(FeedConsumers.Projector, Cancelled);
        await _world.Feed.SaveSourcePositionAsync(FeedConsumers.Projector, _world.Storage.LosePosition(saved!.Position), saved.At, 1, Cancelled);
        var second = await _world.StartProjectorAsync();
        await _world.AssertProjectedAsync();
        Assert.True(second.Logs.Has(8031));
        await _world.WriteSomeAsync(3);
        await _world.AssertProjectedAsync();
    }

    [Fact]
    public async Task A_source_that_forgets_repeats_and_shuffles_leaves_neither_hole_nor_disorder()
    {
        for (var round = 1; round <= 5; round++)
        {
            await _world.WriteSomeAsync(round);
        }

        await _world.StartProjectorAsync(services => services.Decorate<IEntrySource>(inner => new UntidySource(inner)));
        await _world.AssertProjectedAsync();
        await _world.WriteSomeAsync(6);
        await _world.AssertProjectedAsync();
    }

    [Fact]
    public async Task A_log_whose_projection_throws_is_skipped_loudly_and_holds_up_nobody()
    {
        var (poisoned, broken) = (Drafts.Log("c-1"), true);
        var attempts = 0;
        var node = await _world.StartProjectorAsync(services => services.AddSingleton<ILogProjection>(new Projection(poisoned, (_, _) =>
        {
            attempts++;
            return broken ? throw new InvalidOperationException("no") : Task.CompletedTask;
        })));
        await _world.WriteSomeAsync(1);
        await _world.AssertProjectedAsync();
        Assert.Contains(node.Logs.Entries, entry => entry.Id == 8021 && entry.Message.Contains(poisoned.ToString(), StringComparison.Ordinal));
        Assert.InRange(attempts, 3, 6);

        // Suspected, it is tried once with its next entries; when it works again, all is well.
        (attempts, broken) = (0, false);
        await _world.SayAsync(poisoned, "ann", "better?");
        await _world.AssertProjectedAsync();
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_projection_that_hangs_counts_as_failed()
    {
        var node = _world.CreateNode(
            services => services.AddSingleton<ILogProjection>(new Projection(Drafts.Log("c-1"), (_, token) => Task.Delay(Timeout.Infinite, token))),
            settings: new Dictionary<string, string?> { ["Caas:Feed:RepairTimeout"] = "00:00:00.150" });
        await node.Projector.StartAsync(Cancelled);
        await _world.WriteSomeAsync(1);
        await _world.AssertProjectedAsync();
        Assert.True(node.Logs.Has(8021));
    }

    [Fact]
    public async Task A_log_whose_projection_says_unavailable_while_the_store_answers_is_skipped_in_the_end()
    {
        var node = await _world.StartProjectorAsync(services => services.AddSingleton<ILogProjection>(
            new Projection(Drafts.Log("c-1"), (_, _) => throw new StoreUnavailableException("too large"))));
        await _world.WriteSomeAsync(1);
        await _world.AssertProjectedAsync();
        Assert.True(node.Logs.Has(8021));
    }

    [Fact]
    public async Task A_store_that_fails_for_a_while_is_waited_for_and_nothing_is_skipped()
    {
        var failures = 30;
        var node = await _world.StartProjectorAsync(onWrite: () => Interlocked.Decrement(ref failures) > 0 ? WriteFate.Lost : WriteFate.Works);
        await _world.WriteSomeAsync(1);
        await _world.AssertProjectedAsync();
        Assert.False(node.Logs.Has(8021));
    }

    [Fact]
    public async Task A_summary_follows_its_message_soon()
    {
        await _world.StartProjectorAsync();
        var log = Drafts.Log("c-quick");
        await _world.SayAsync(log, "ann", "first");
        await _world.AssertProjectedAsync();
        var start = TimeProvider.System.GetTimestamp();
        await _world.SayAsync(log, "bob", "second");
        await _world.AssertProjectedAsync();

        // Within 1 s where the machine has time for it; this bound is for machines that have not.
        var took = TimeProvider.System.GetElapsedTime(start);
        TestContext.Current.TestOutputHelper?.WriteLine($"The summary followed within {took.TotalMilliseconds:0} ms.");
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    private sealed class Projection(LogId log, Func<IReadOnlyList<EntryHeader>, CancellationToken, Task> repair) : ILogProjection
    {
        public bool Handles(LogId asked) => asked == log;

        public Task RepairAsync(LogId asked, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken) => repair(headers, cancellationToken);
    }
}
