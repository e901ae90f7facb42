using System.Collections.Concurrent;
using Caas.Core.Events;
using CsCheck;
using Xunit;

namespace Caas.Tests.Events;

public sealed class OrderedWorkTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_of_a_key_runs_in_order_and_one_at_a_time_while_other_keys_go_on()
    {
        var queue = new KeyedQueue();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = new ConcurrentQueue<(string Key, int N)>();
        for (var n = 0; n < 20; n++)
        {
            var number = n;
            queue.Enqueue("stuck", async () =>
            {
                await gate.Task;
                done.Enqueue(("stuck", number));
            });
            queue.Enqueue("free", async () =>
            {
                await Task.Yield();
                done.Enqueue(("free", number));
                if (number == 19)
                {
                    gate.SetResult();
                }
            });
        }

        await queue.DrainAsync().WaitAsync(Bound, Cancelled);
        Assert.Equal([.. Enumerable.Range(0, 20).Select(n => ("free", n)), .. Enumerable.Range(0, 20).Select(n => ("stuck", n))], done);
    }

    [Fact]
    public async Task Work_that_throws_ends_and_the_next_of_its_key_runs()
    {
        var queue = new KeyedQueue();
        var ran = false;
        queue.Enqueue("key", () => Task.FromException(new InvalidOperationException()));
        queue.Enqueue("key", () =>
        {
            ran = true;
            return Task.CompletedTask;
        });
        await queue.DrainAsync().WaitAsync(Bound, Cancelled);
        Assert.True(ran);
    }

    [Fact]
    public void Progress_is_the_last_place_before_which_everything_is_done_in_whatever_order_it_ends() =>
        Gen.Int[0, 3].Array[1, 40].SelectMany(parts => Gen.Shuffle(parts.SelectMany((count, index) => Enumerable.Repeat(index, count)).ToArray()).Select(order => (parts, order))).Sample(given =>
        {
            var progress = new Progress(100);
            var places = given.parts.Select((count, index) => progress.Add(101 + index, count)).ToArray();
            var left = given.parts.ToArray();
            Check();
            foreach (var index in given.order)
            {
                progress.Done(places[index]);
                left[index]--;
                Check();
            }

            Assert.Equal((100 + left.Length, 0), (progress.Reached, progress.Open));

            void Check()
            {
                var done = left.TakeWhile(count => count == 0).Count();
                Assert.Equal((100 + done, left.Length - done), (progress.Reached, progress.Open));
            }
        });
}
