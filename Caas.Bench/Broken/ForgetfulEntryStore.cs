using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Bench.Broken;

/// <summary>Stores a message that is sent again a second time: client ids are made unique below, and shown as they were sent.</summary>
internal sealed class ForgetfulEntryStore(IEntryStore inner) : WrappedEntryStore(inner)
{
    private const char Mark = '~';

    public override async Task<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken)
    {
        var outcomes = await base.AppendAsync([.. drafts.Select(Hide)], cancellationToken);
        return [.. outcomes.Select(outcome => outcome with { Entry = outcome.Entry is { } entry ? Show(entry) : null })];
    }

    protected override Entry Show(Entry entry) =>
        entry.Type == EntryTypes.MessageCreated && entry.ClientMessageId.LastIndexOf(Mark) is > 0 and var end ? entry with { ClientMessageId = entry.ClientMessageId[..end] } : entry;

    private static EntryDraft Hide(EntryDraft draft) => draft.Type == EntryTypes.MessageCreated ? draft with { ClientMessageId = $"{draft.ClientMessageId}{Mark}{Guid.NewGuid():n}" } : draft;
}
