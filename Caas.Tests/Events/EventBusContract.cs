using System.Collections.Concurrent;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Ids;
using Caas.Tests.Feed;
using Xunit;

namespace Caas.Tests.Events;

/// <summary>What <see cref="IEventBus"/> promises. Both buses inherit it: over the feed, and over Kafka filled by the publisher.</summary>
public abstract class EventBusContract : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected FeedWorld World { get; private set; } = null!;

    /// <summary>Settings of every process of this suite.</summary>
    private protected static Dictionary<string, string?> Settings => new() { ["Caas:Events:Tenants"] = "3" };

    /// <summary>A bus as one more process has it.</summary>
    private protected abstract IEventBus CreateBus();

    /// <summary>The dead letters of a group, in any order.</summary>
    private protected abstract Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(string group);

    private protected abstract FeedStorage CreateStorage();

    public virtual async ValueTask InitializeAsync()
    {
        World = new(CreateStorage());
        await World.StartProjectorAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Every_event_arrives_in_order_per_key()
    {
        LogId[] logs = [.. from tenant in Enumerable.Range(1, 3) from conversation in Enumerable.Range(1, 4) select Log(tenant, conversation)];
        foreach (var log in logs)
        {
            await World.SayAsync(log, "ann", Texts(1, 10));
        }

        await using var listener = new Listener(CreateBus(), "g");
        foreach (var log in logs)
        {
            await World.SayAsync(log, "bob", Texts(11, 20));
        }

        await AllArriveAsync([listener], logs, messages: 20);
        foreach (var log in logs)
        {
            var heard = listener.Handled.Where(heard => heard.Key == log.ToString()).ToArray();
            Assert.Equal(Enumerable.Range(2, 20).Select(i => (long)i), FirstOf(heard));
            Assert.All(heard, message => Assert.Equal((Topics.Messages, "caas.message.created"), (message.Topic, message.Type)));
            Assert.Equal(Texts(1, 20), heard.DistinctBy(message => message.Id).Select(message => message.Text!));
        }
    }

    [Fact]
    public async Task A_consumer_gets_the_topics_it_asked_for()
    {
        await using var listener = new Listener(CreateBus(), "g", null, Topics.Events, Topics.Platform);
        await World.SayAsync(Log(1, 1), "ann", "not for this one");
        await World.AppendAsync(World.Change(new(Log(1, 1).Tenant, "$user/ann"), "user.changed"));
        await Eventually.HoldsAsync(() => listener.Handled.Select(heard => heard.Topic).Distinct().Count() == 2, "not both topics have come", Cancelled);
        Assert.Equal([("caas.conversation.created", "t-1/c-1"), ("caas.user.changed", "t-1")], listener.Handled.Select(heard => (heard.Type, heard.Key)).Distinct().Order());
    }

    [Fact]
    public async Task A_record_that_fails_is_tried_again_before_the_next_of_its_key()
    {
        var failures = new ConcurrentDictionary<string, int>();
        await using var listener = new Listener(CreateBus(), "g", (heard, _) => heard.Seq % 2 == 0 && failures.AddOrUpdate(heard.Id, 1, (_, n) => n + 1) <= 2 ? throw new InvalidOperationException("not yet") : Task.CompletedTask);
        await World.SayAsync(Log(1, 1), "ann", Texts(1, 6));
        await AllArriveAsync([listener], [Log(1, 1)], messages: 6);
        Assert.Equal([2L, 2, 2, 3, 4, 4, 4, 5, 6, 6, 6, 7], listener.Tried.Select(heard => heard.Seq));
        Assert.Empty(await ReadDeadLettersAsync("g"));
    }

    [Fact]
    public async Task A_record_that_keeps_failing_goes_to_the_dead_letters_with_the_reason_and_its_key_goes_on()
    {
        await using var listener = new Listener(CreateBus(), "g", (heard, _) => heard.Text == "text 2" ? throw new InvalidOperationException("never") : Task.CompletedTask);
        await World.SayAsync(Log(1, 1), "ann", Texts(1, 3));
        await Eventually.HoldsAsync(() => listener.Handled.Any(heard => heard.Text == "text 3"), "the key does not go on", Cancelled);
        Assert.Equal(4, listener.Tried.Count(heard => heard.Text == "text 2"));
        var letter = Assert.Single(await ReadDeadLettersAsync("g"));
        Assert.Equal(("g", Topics.Messages, "t-1/c-1", "t-1/c-1/3", "InvalidOperationException: never"), (letter.Group, letter.Topic, letter.Key, letter.RecordId, letter.Reason));
        Assert.Contains("text 2", letter.CloudEvent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_can_never_be_handled_is_not_tried_again()
    {
        await using var listener = new Listener(CreateBus(), "g", (heard, _) => heard.Text == "text 1" ? throw new UnprocessableEventException("malformed") : Task.CompletedTask);
        await World.SayAsync(Log(1, 1), "ann", Texts(1, 2));
        await Eventually.HoldsAsync(() => listener.Handled.Any(heard => heard.Text == "text 2"), "the key does not go on", Cancelled);
        Assert.Equal(1, listener.Tried.Count(heard => heard.Text == "text 1"));
        Assert.Single(await ReadDeadLettersAsync("g"));
    }

    [Fact]
    public async Task A_key_that_is_stuck_does_not_hold_up_others()
    {
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = new Listener(CreateBus(), "g", (heard, token) => heard.Key == "t-1/c-1" ? stuck.Task.WaitAsync(token) : Task.CompletedTask);
        LogId[] others = [.. Enumerable.Range(2, 8).Select(conversation => Log(1, conversation)), Log(2, 1)];
        foreach (var log in (LogId[])[Log(1, 1), .. others])
        {
            await World.SayAsync(log, "ann", Texts(1, 5));
        }

        await AllArriveAsync([listener], others, messages: 5);
        Assert.DoesNotContain(listener.Handled, heard => heard.Key == "t-1/c-1");
        stuck.SetResult();
        await AllArriveAsync([listener], [Log(1, 1), .. others], messages: 5);
    }

    [Fact]
    public async Task A_restart_goes_on_after_what_was_handled()
    {
        LogId[] logs = [Log(1, 1), Log(1, 2), Log(2, 1)];
        foreach (var log in logs)
        {
            await World.SayAsync(log, "ann", Texts(1, 5));
        }

        await using (var first = new Listener(CreateBus(), "g"))
        {
            await AllArriveAsync([first], logs, messages: 5);
        }

        foreach (var log in logs)
        {
            await World.SayAsync(log, "ann", Texts(6, 8));
        }

        await using var second = new Listener(CreateBus(), "g");
        await AllArriveAsync([second], logs, messages: 3, from: 7);
        Assert.DoesNotContain(second.Tried, heard => heard.Seq < 7);
    }

    [Fact]
    public async Task What_was_not_finished_is_given_again()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (var first = new Listener(CreateBus(), "g", async (heard, token) =>
        {
            if (heard.Text == "text 3")
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
            }
        }))
        {
            await World.SayAsync(Log(1, 1), "ann", Texts(1, 5));
            await begun.Task.WaitAsync(Bound, Cancelled);
        }

        await using var second = new Listener(CreateBus(), "g");
        await AllArriveAsync([second], [Log(1, 1)], messages: 3, from: 4);
        Assert.DoesNotContain(second.Tried, heard => heard.Seq < 4);
    }

    [Fact]
    public async Task Two_groups_get_everything_each()
    {
        await World.SayAsync(Log(1, 1), "ann", Texts(1, 5));
        await using var one = new Listener(CreateBus(), "one");
        await using var two = new Listener(CreateBus(), "two");
        await World.SayAsync(Log(1, 1), "ann", Texts(6, 10));
        await AllArriveAsync([one], [Log(1, 1)], messages: 10);
        await AllArriveAsync([two], [Log(1, 1)], messages: 10);
    }

    [Fact]
    public async Task Two_consumers_of_a_group_share_the_work()
    {
        LogId[] logs = [.. from tenant in Enumerable.Range(1, 6) from conversation in Enumerable.Range(1, 3) select Log(tenant, conversation)];
        foreach (var log in logs)
        {
            await World.SayAsync(log, "ann", Texts(1, 4));
        }

        // Nobody gets further before both have something.
        var (oneHas, twoHas) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Func<Heard, CancellationToken, Task> Meet(TaskCompletionSource mine, TaskCompletionSource other) => (_, token) =>
        {
            mine.TrySetResult();
            return other.Task.WaitAsync(token);
        };
        await using var one = new Listener(CreateBus(), "g", Meet(oneHas, twoHas));
        await using var two = new Listener(CreateBus(), "g", Meet(twoHas, oneHas));
        await AllArriveAsync([one, two], logs, messages: 4);
        Assert.NotEmpty(one.Handled);
        Assert.NotEmpty(two.Handled);
        foreach (var log in logs)
        {
            foreach (var listener in new[] { one, two })
            {
                var heard = listener.Handled.Where(heard => heard.Key == log.ToString()).Select(heard => heard.Seq).Distinct().ToArray();
                Assert.Equal(heard.Order(), heard);
            }
        }
    }

    private protected static LogId Log(int tenant, int conversation) => LogId.Of(new TenantId($"t-{tenant}"), new ConversationId($"c-{conversation}"));

    private protected static IEnumerable<string> Texts(int first, int last) => Enumerable.Range(first, last - first + 1).Select(n => $"text {n}");

    /// <summary>Waits until the listeners together have handled so many messages of each log; a log's first message has seq 2.</summary>
    private protected static Task AllArriveAsync(Listener[] listeners, LogId[] logs, int messages, long from = 2) => Eventually.HoldsAsync(
        () => Task.FromResult(logs
            .Select(log => (log, Missing: Enumerable.Range(0, messages).Select(i => from + i).Except(listeners.SelectMany(listener => listener.Handled).Where(heard => heard.Key == log.ToString()).Select(heard => heard.Seq)).ToArray()))
            .Where(log => log.Missing.Length > 0)
            .Select(log => $"{log.log} lacks {string.Join(", ", log.Missing)}")
            .FirstOrDefault()),
        Cancelled);

    private static IEnumerable<long> FirstOf(IEnumerable<Heard> heard) => heard.Select(message => message.Seq).Distinct();
}
