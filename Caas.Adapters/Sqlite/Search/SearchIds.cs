using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Search;

/// <summary>Row ids that go by time: the second, and a number within it. Small steps between them keep the lists of rows that a token has small.</summary>
internal static class SearchIds
{
    private const long PerSecond = 4096;

    /// <summary>Where a second is full, messages go into the next ones: so many seconds at most, unless more than a quarter of a million come of one.</summary>
    private const long Overflow = 64;

    private static readonly long LastSecond = (long.MaxValue / PerSecond) - Overflow - 1;

    /// <summary>A free id for a message of this time.</summary>
    public static long Next(SqliteConnection connection, DateTimeOffset at)
    {
        for (var first = Second(at) * PerSecond; ; first += PerSecond)
        {
            var next = connection.Number("SELECT max(id) + 1 FROM search_messages WHERE id >= $first AND id < $end", first, first + PerSecond) ?? first;
            if (next < first + PerSecond)
            {
                return next;
            }
        }
    }

    /// <summary>Above the ids of all messages sent before this time, and of few others.</summary>
    public static long EndOf(DateTimeOffset before) => (Second(before) + 1 + Overflow) * PerSecond;

    private static long Second(DateTimeOffset at) => Math.Min(at.ToUnixTimeSeconds(), LastSecond);
}
