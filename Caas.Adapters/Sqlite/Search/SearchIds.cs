using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Caas.Core.Entries;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Search;

/// <summary>
/// Row ids that go by time, and say whose they may be: the second, 14 bits of the conversation's hash, and a number among those. So a walk through the index leaves out what is of other conversations
/// without that it looks anything up; one of 16,384 conversations is let through by chance.
/// </summary>
internal static class SearchIds
{
    private const int NumberBits = 8;
    private const int HashBits = 14;
    private const long Numbers = 1L << NumberBits;
    private const long PerSecond = 1L << (HashBits + NumberBits);

    /// <summary>Where a conversation's second is full, its messages go into the next ones: so many seconds at most, unless more than 16,000 come of one.</summary>
    private const long Overflow = 64;

    private static readonly long LastSecond = (long.MaxValue / PerSecond) - Overflow - 1;

    /// <summary>The conversation's part of an id, as <see cref="HashOf"/> gives it.</summary>
    public static long HashOfId(long id) => (id >> NumberBits) & ((1L << HashBits) - 1);

    /// <summary>A free id for a message of this time in this conversation.</summary>
    public static long Next(SqliteConnection connection, LogId log, DateTimeOffset at)
    {
        for (var first = (Second(at) * PerSecond) + (HashOf(log) << NumberBits); ; first += PerSecond)
        {
            var next = connection.Number("SELECT max(id) + 1 FROM search_messages WHERE id >= $first AND id < $end", first, first + Numbers) ?? first;
            if (next < first + Numbers)
            {
                return next;
            }
        }
    }

    /// <summary>Above the ids of all messages sent before this time, and of few others.</summary>
    public static long EndOf(DateTimeOffset before) => (Second(before) + 1 + Overflow) * PerSecond;

    public static long HashOf(LogId log)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{log.Tenant.Value}/{log.Name}"), hash);
        return BinaryPrimitives.ReadUInt16LittleEndian(hash) & ((1L << HashBits) - 1);
    }

    private static long Second(DateTimeOffset at) => Math.Min(at.ToUnixTimeSeconds(), LastSecond);
}
