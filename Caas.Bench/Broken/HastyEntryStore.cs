using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Bench.Broken;

/// <summary>Acknowledges a message where it guesses that it will stand, and stores it half a second later: what a write-behind cache does. Whoever kills the process takes it along.</summary>
internal sealed class HastyEntryStore(IEntryStore inner) : WrappedEntryStore(inner)
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<LogId, LogTail> _guessed = [];

    public override async Task<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken)
    {
        if (drafts.Any(draft => draft.Type != EntryTypes.MessageCreated))
        {
            return await base.AppendAsync(drafts, cancellationToken);
        }

        foreach (var log in drafts.Select(draft => draft.Log).Distinct().Where(log => !_guessed.ContainsKey(log)).ToArray())
        {
            var tail = await Inner.ReadTailAsync(log, cancellationToken);
            lock (_gate)
            {
                _guessed.TryAdd(log, tail);
            }
        }

        var outcomes = new List<AppendOutcome>();
        lock (_gate)
        {
            foreach (var draft in drafts)
            {
                var place = _guessed[draft.Log] = _guessed[draft.Log].Next(draft);
                outcomes.Add(new(AppendStatus.Appended, draft.PlacedAt(place)));
            }
        }

        _ = StoreLaterAsync(drafts);
        return outcomes;
    }

    private async Task StoreLaterAsync(IReadOnlyList<EntryDraft> drafts)
    {
        await Task.Delay(Late);
        try
        {
            await Inner.AppendAsync(drafts, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // Acknowledged, and gone: that is what is wrong here.
        }
    }
}
