using System.Diagnostics;
using Caas.Bench.League;
using Xunit;

namespace Caas.Tests.Bench.League;

/// <summary>One stretch of load: what counts, and when it is over.</summary>
public sealed class BurstTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Every_planned_message_is_sent_however_late_it_is_asked_for()
    {
        var burst = new Burst(Plan());
        var sent = TakeAll(burst, Later(2.5));
        Assert.InRange(sent.Count, 150, 250);
        Assert.All(sent, message => Assert.InRange(message.Client, 0, 9));
        Assert.Equal(sent.Select(message => message.Due).Order(), sent.Select(message => message.Due));
    }

    [Fact]
    public async Task It_is_over_when_all_has_come()
    {
        var burst = new Burst(Plan());
        var sent = TakeAll(burst, Later(2.1));
        Assert.False(burst.IsOver(Later(2.1), trouble: null));
        foreach (var (_, due) in sent)
        {
            burst.Delivered(due, due + Ticks(0.010));
            burst.Delivered(due, due + Ticks(0.030));
        }

        burst.Delivered(due: 1, Later(2)); // of an earlier stretch
        Assert.True(burst.IsOver(Later(2.1), trouble: null));
        var result = await burst.Ended.Task;
        Assert.True(result.Complete);
        Assert.Equal((sent.Count, 2 * sent.Count), ((int)result.Sent, (int)result.Delivered));
        Assert.InRange(result.P50, 9, 11);
        Assert.InRange(result.P99, 29, 31);
    }

    [Fact]
    public async Task What_does_not_come_ends_it_incomplete()
    {
        var burst = new Burst(Plan());
        TakeAll(burst, Later(2.1));
        Assert.False(burst.IsOver(Later(2.5), trouble: null));
        Assert.True(burst.IsOver(Later(3.5), trouble: null));
        Assert.False((await burst.Ended.Task).Complete);
    }

    [Fact]
    public async Task What_falls_too_far_behind_is_not_waited_for()
    {
        var burst = new Burst(Plan() with { Duration = 60 * Second });
        TakeAll(burst, Later(3));
        Assert.True(burst.IsOver(Later(3), trouble: null));
        Assert.NotNull((await burst.Ended.Task).Trouble);
    }

    private static BurstPlan Plan() => new(Rate: 100, Second, Second, Receivers: 2, Seed: 3);

    private static List<(int Client, long Due)> TakeAll(Burst burst, long now)
    {
        var sent = new List<(int, long)>();
        while (burst.TryTake(now, clients: 10, out var client, out var due))
        {
            sent.Add((client, due));
        }

        return sent;
    }

    private static long Later(double seconds) => Stopwatch.GetTimestamp() + Ticks(seconds);

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);
}
