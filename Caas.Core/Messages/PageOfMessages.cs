using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Paging;
using Caas.Core.Visibility;

namespace Caas.Core.Messages;

/// <summary>Which messages a page holds: always newest first; at most one of the three seqs, none: the newest.</summary>
/// <param name="Before">The nearest older ones.</param>
/// <param name="After">The nearest newer ones.</param>
/// <param name="Around">Half older (that seq included), half newer; its <see cref="MessagePage.Next"/> goes on <paramref name="Before"/>.</param>
/// <param name="Limit">1 to 200, default 50.</param>
public sealed record PageOfMessages(long? Before, long? After, long? Around, int? Limit)
{
    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    public void Require()
    {
        PageLimit.Require(Limit);
        new Validation()
            .Check(Before is null or >= 0, "before", "must not be negative")
            .Check(After is null or >= 0, "after", "must not be negative")
            .Check(Around is null or >= 0, "around", "must not be negative")
            .Check((Before is null ? 0 : 1) + (After is null ? 0 : 1) + (Around is null ? 0 : 1) <= 1, "before", "cannot be combined with after or around")
            .ThrowIfAny();
    }

    /// <param name="viewer">What it may not see is left out: the page may have fewer items than its limit.</param>
    /// <param name="read">Reads messages on one side of a seq, the nearest first, with what they quote.</param>
    public async Task<MessagePage> ReadAsync(Viewer viewer, Func<Direction, long, int, Task<IReadOnlyList<Entry>>> read)
    {
        var count = PageLimit.Require(Limit);
        if (After is { } newerThan)
        {
            var newer = await read(Direction.Newer, newerThan, count + 1);
            return new(Views(viewer, newer.Take(count).Reverse()), newer.Count > count ? newer[count - 1].Seq : null);
        }

        if (Around is { } middle)
        {
            var newerHalf = await read(Direction.Newer, middle, count / 2);
            var olderHalf = await ReadOlderAsync(viewer, read, middle == long.MaxValue ? middle : middle + 1, count - (count / 2));
            return olderHalf with { Items = [.. Views(viewer, newerHalf.Reverse()), .. olderHalf.Items] };
        }

        return await ReadOlderAsync(viewer, read, Before ?? long.MaxValue, count);
    }

    private static async Task<MessagePage> ReadOlderAsync(Viewer viewer, Func<Direction, long, int, Task<IReadOnlyList<Entry>>> read, long before, int count)
    {
        var older = await read(Direction.Older, before, count + 1);
        return new(Views(viewer, older.Take(count)), older.Count > count ? older[count - 1].Seq : null);
    }

    private static IReadOnlyList<MessageResponse> Views(Viewer viewer, IEnumerable<Entry> messages) => [.. messages.Where(viewer.Sees).Select(viewer.Show)];
}
