using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Feed;

namespace Caas.Core.Calls;

/// <summary>Repairs the list of calls from conversations' logs.</summary>
public sealed class CallProjection(IEntryStore entries, ICallRecordStore records) : ILogProjection
{
    public bool Handles(LogId log) => log.IsConversation;

    public async Task RepairAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        long[] seqs = [.. headers.Where(header => header.Type is EntryTypes.CallStarted or EntryTypes.CallEnded).Select(header => header.Seq)];
        foreach (var entry in seqs.Length == 0 ? [] : await entries.ReadManyAsync(log, seqs, cancellationToken))
        {
            // Of one that goes on the record knows more than the log.
            if (CallRecord.Of(entry) is { } call && (call.EndedAt is not null || await records.FindAsync(new(call.Tenant, call.Id), cancellationToken) is null))
            {
                await records.SaveAsync(call, cancellationToken);
            }
        }
    }
}
