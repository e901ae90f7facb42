using System.Globalization;

namespace Caas.Core.Notifications;

/// <summary>Entries of one conversation by their seqs, ascending: at most <see cref="Most"/>, the newest.</summary>
public sealed class EntrySeqs : IEquatable<EntrySeqs>
{
    public const int Most = 99;

    public static readonly EntrySeqs None = new([]);

    private readonly long[] _seqs;

    public EntrySeqs(IEnumerable<long> seqs) => _seqs = [.. seqs.TakeLast(Most)];

    public IReadOnlyList<long> Items => _seqs;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static EntrySeqs Parse(string text) => text.Length == 0 ? None : new(text.Split(',').Select(seq => long.Parse(seq, CultureInfo.InvariantCulture)));

    public EntrySeqs And(long seq) => new([.. _seqs, seq]);

    public bool Equals(EntrySeqs? other) => other is not null && _seqs.AsSpan().SequenceEqual(other._seqs);

    public override bool Equals(object? obj) => Equals(obj as EntrySeqs);

    public override int GetHashCode() => HashCode.Combine(_seqs.Length, _seqs.LastOrDefault());

    public override string ToString() => string.Join(',', _seqs);
}
