using Caas.Core.Entries;
using Caas.Core.Messages;
using Xunit;

namespace Caas.Tests.Messages;

public sealed class SharedFoldsTests
{
    private static readonly LogId Log = new(new("acme"), "room");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_comes_while_a_fold_runs_shares_the_next_one_with_all_who_wait()
    {
        var (folds, gates) = (new SharedFolds(), new Queue<TaskCompletionSource<Entry?>>());
        Task<Entry?> Fold()
        {
            var gate = new TaskCompletionSource<Entry?>(TaskCreationOptions.RunContinuationsAsynchronously);
            gates.Enqueue(gate);
            return gate.Task;
        }

        var first = folds.RunAsync(Log, 1, Fold);
        Task<Entry?>[] waiting = [folds.RunAsync(Log, 1, Fold), folds.RunAsync(Log, 1, Fold)];
        var other = folds.RunAsync(Log, 2, Fold);
        Assert.Equal(2, gates.Count);
        gates.Dequeue().SetResult(Of(1));
        Assert.Equal(1, (await first.WaitAsync(TimeSpan.FromSeconds(60), Cancelled))!.Seq);
        gates.Dequeue().SetResult(null);
        Assert.Null(await other.WaitAsync(TimeSpan.FromSeconds(60), Cancelled));
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        var next = Assert.Single(gates);
        gates.Clear();
        var third = folds.RunAsync(Log, 1, Fold);
        next.SetException(new StoreUnavailableException("It is away."));
        foreach (var task in waiting)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled));
        }

        await Eventually.HoldsAsync(() => gates.Count == 1, "the third fold has begun", Cancelled);
        gates.Dequeue().SetResult(Of(3));
        Assert.Equal(3, (await third.WaitAsync(TimeSpan.FromSeconds(60), Cancelled))!.Seq);
        Assert.Equal(4, (await folds.RunAsync(Log, 1, () => Task.FromResult<Entry?>(Of(4))).WaitAsync(TimeSpan.FromSeconds(60), Cancelled))!.Seq);
    }

    private static Entry Of(long seq) => new() { Log = Log, Seq = seq, MessageNo = seq, Id = "id", Type = "message.created", At = default, ClientMessageId = "c", ContentHash = "h", Target = EntryTarget.Message };
}
