using Caas.Client;
using Caas.Contracts;
using CsCheck;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The order of one conversation, without a connection.</summary>
public sealed class EntryOrderTests
{
    [Fact]
    public void Whatever_the_wire_does_each_entry_is_handed_out_once_and_in_order() =>
        Gen.Select(Gen.Long[1, 40].Array[0, 120], Gen.Int[1, 12], Gen.Long[0, 10], Gen.Int[0, 3]).Sample((pushed, buffer, start, pages) =>
        {
            const long Last = 40;
            var order = new EntryOrder(buffer, start);
            var handed = new List<long>();
            order.Joined(new("room", 0, [], true));
            foreach (var seq in pushed)
            {
                order.Push(At(seq), joined: true);
                if (seq % 3 == 0)
                {
                    Hand(order, handed);
                }

                if (seq % 4 < pages && order.Missing is { } missing)
                {
                    order.Read(Stretch(missing.After, Math.Min(missing.Limit, 5), Last), Last);
                }

                Assert.True(order.Ready <= buffer, $"{order.Ready} wait, {buffer} may.");
            }

            order.Read([], Last);
            for (Hand(order, handed); order.Missing is { } missing; Hand(order, handed))
            {
                order.Read(Stretch(missing.After, missing.Limit, Last), Last);
            }

            Assert.Equal(Enumerable.Range((int)start + 1, (int)(Last - start)).Select(seq => (long)seq), handed);
        });

    [Fact]
    public void What_was_seen_on_the_wire_is_counted()
    {
        var order = new EntryOrder(100, 0);
        order.Joined(new("room", 2, Stretch(0, 2, 2), true));
        foreach (var seq in new long[] { 3, 5, 4, 4, 6, 2, 9 })
        {
            order.Push(At(seq), joined: true);
        }

        Assert.Equal(new FeedCounters(Live: 7, Inversions: 1, Repeats: 2, Gaps: 2, LetGo: 0), order.Counters);
        Assert.Equal((6, 94), order.Missing);
    }

    [Fact]
    public void A_page_with_a_hole_in_it_is_handed_out_only_up_to_the_hole()
    {
        var order = new EntryOrder(100, 0);
        order.Joined(new("room", 5, [At(1), At(3), At(4)], false));
        var handed = new List<long>();
        Hand(order, handed);
        Assert.Equal([1], handed);
        Assert.Equal((1, 100), order.Missing);
        order.Read([At(2), At(5)], 5);
        Hand(order, handed);
        Assert.Equal([1, 2, 3, 4, 5], handed);
        Assert.Null(order.Missing);
    }

    private static void Hand(EntryOrder order, List<long> handed)
    {
        while (order.TryHand(out var entry))
        {
            handed.Add(entry.Seq);
        }
    }

    private static EntryResponse At(long seq) => new("room", seq, EntryTypes.Hidden, null, null, null);

    private static List<EntryResponse> Stretch(long after, int limit, long last) => [.. Enumerable.Range((int)after + 1, (int)Math.Min(limit, last - after)).Select(seq => At(seq))];
}
