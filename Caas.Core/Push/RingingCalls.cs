using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Core.Entries;
using Caas.Core.Json;
using Microsoft.Extensions.Options;

namespace Caas.Core.Push;

/// <summary>A call that rings for a user.</summary>
/// <param name="Until">When it rings no more.</param>
public sealed record RingingCall(string Id, DateTimeOffset Until);

/// <summary>Whether a call of which a push would tell rings for its user now. One that is over, that the user took or declined on another device or that has rung for as long as calls do must ring no phone.</summary>
public sealed class RingingCalls(IEntryStore entries, ICallDirectory directory, ICallRecordStore records, IOptions<CallOptions> options, TimeProvider clock)
{
    /// <returns>Null: it does not ring.</returns>
    public async Task<RingingCall?> FindAsync(PushJob job, CancellationToken cancellationToken)
    {
        var until = job.At + options.Value.RingTime;
        if (until <= clock.GetUtcNow() || await IdAsync(job, cancellationToken) is not { } id)
        {
            return null;
        }

        var key = new CallKey(job.Tenant, id);
        try
        {
            return await directory.FindAsync(key, cancellationToken) is { EndedAt: null } call && call.Find(job.User.Value) is { State: CallParticipantState.Ringing } place
                ? new(id, place.Deadline ?? until)
                : null;
        }
        catch (StoreUnavailableException)
        {
            // Who rings is known nowhere else; whether it is over stands in the store, too.
            return await records.FindAsync(key, cancellationToken) is { EndedAt: not null } ? null : new(id, until);
        }
    }

    /// <returns>Null: the entry says it no more.</returns>
    private async Task<string?> IdAsync(PushJob job, CancellationToken cancellationToken) =>
        await entries.ReadManyAsync(job.Log, [job.Seq], cancellationToken) is [{ Type: EntryTypes.CallStarted, Data: { } data }, ..] ? data.Deserialize(CoreJsonContext.Default.CallStartedData)?.CallId : null;
}
