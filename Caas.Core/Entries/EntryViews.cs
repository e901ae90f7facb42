using Caas.Core.Messages;
using Caas.Core.Quotes;

namespace Caas.Core.Entries;

/// <summary>Entries with the messages that they tell of, in their current state. What a reader gets of them says its <see cref="Visibility.Viewer"/>.</summary>
public sealed class EntryViews(IEntryStore entries, MessageFolder folder, QuoteReader quotes)
{
    /// <summary>Shapes a stretch of a conversation's log. The messages that entries change are read once for all of them, and hold at least what these entries say of them.</summary>
    public async Task<IReadOnlyList<ShapedEntry>> ShapeAsync(LogId log, IReadOnlyList<Entry> stretch, CancellationToken cancellationToken)
    {
        var known = stretch.Where(entry => entry.Message is not null).ToDictionary(entry => entry.Seq);
        var missing = stretch.Where(entry => entry.Target > 0).Select(entry => entry.Target).Concat(stretch.Where(entry => entry.Thread > 0).Select(entry => entry.Thread)).Where(seq => !known.ContainsKey(seq)).Distinct().ToArray();
        if (missing.Length > 0)
        {
            foreach (var target in await entries.ReadManyAsync(log, missing, cancellationToken))
            {
                known[target.Seq] = target;
            }
        }

        await CatchUpAsync(log, stretch, known, cancellationToken);
        known = (await quotes.AttachAsync([.. known.Values], cancellationToken)).ToDictionary(message => message.Seq);
        return [.. stretch.Select(entry => new ShapedEntry(
            entry.Message is null ? entry : known[entry.Seq],
            entry.Target > 0 ? known.GetValueOrDefault(entry.Target) : null,
            entry.Thread > 0 ? known.GetValueOrDefault(entry.Thread) : null))];
    }

    /// <summary>Whoever stored an entry may not have come to fold it: its reader would otherwise have it, and never what it changed.</summary>
    private async Task CatchUpAsync(LogId log, IReadOnlyList<Entry> stretch, Dictionary<long, Entry> known, CancellationToken cancellationToken)
    {
        foreach (var entry in stretch)
        {
            foreach (var seq in new[] { entry.Target, entry.Thread })
            {
                if (seq > 0 && known.TryGetValue(seq, out var behind) && behind.Rev < entry.Seq && await folder.FoldAsync(log, seq, cancellationToken) is { } folded)
                {
                    known[seq] = folded;
                }
            }
        }
    }
}
