using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Calls;

/// <summary>
/// What happens to calls without anybody doing it: ringing and waiting end, replicas die with the devices that they had, ends are still to be written, and calls of which nothing is known any more
/// end. Every replica does it; compare-and-set sees to it that each thing happens once.
/// </summary>
public sealed partial class CallSweep(CallChanges changes, ICallDirectory directory, IReplicaDirectory replicas, ICallRecordStore records, CallLog log, ILogger<CallSweep> logger)
{
    private const int Batch = 100;

    /// <summary>Replicas write their leases anew within this, should they have been lost: none is gone before.</summary>
    private static readonly TimeSpan SurelyGone = TimeSpan.FromSeconds(5);

    /// <summary>A call that began is in the directory; so much younger ones are not looked at.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(30);

    /// <summary>Since when replicas with devices in calls have had no lease.</summary>
    private readonly Dictionary<string, DateTimeOffset> _missing = new(StringComparer.Ordinal);

    /// <summary>Calls whose time has come, and devices of replicas that are gone. Not to be called twice at once.</summary>
    /// <exception cref="StoreUnavailableException">Nobody keeps calls now.</exception>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var key in await directory.ListDueAsync(changes.Now, Batch, cancellationToken))
        {
            await OneAsync(key, call => CallMachine.Tick(call, changes.Times, changes.Now), cancellationToken);
        }

        var living = (await replicas.ListAsync(cancellationToken)).Select(replica => replica.Id).ToHashSet(StringComparer.Ordinal);
        var lost = await directory.ListLostAsync(living, Batch, cancellationToken);
        foreach (var back in _missing.Keys.Except(lost.Select(one => one.Replica)).ToList())
        {
            _missing.Remove(back);
        }

        foreach (var (key, replica) in lost)
        {
            if (!_missing.TryAdd(replica, changes.Now) && changes.Now >= _missing[replica] + SurelyGone)
            {
                await OneAsync(key, call => CallMachine.LoseReplica(call, replica, changes.Times, changes.Now), cancellationToken);
            }
        }
    }

    /// <summary>Ends calls that are on record and nowhere else: what was known of them is lost.</summary>
    /// <exception cref="StoreUnavailableException">The store, or who keeps calls, cannot be asked.</exception>
    public async Task EndLostAsync(CancellationToken cancellationToken)
    {
        foreach (var record in await records.ListOpenAsync(changes.Now - Young, Batch, cancellationToken))
        {
            if (await directory.FindAsync(new(record.Tenant, record.Id), cancellationToken) is null)
            {
                await EndLostAsync(Known(record));
            }
        }
    }

    /// <summary>Ends a call of which nothing is kept any more.</summary>
    /// <param name="call">As it was known last.</param>
    public async Task<CallState> EndLostAsync(CallState call)
    {
        var ended = CallMachine.End(call, changes.Now, CallOutcome.Lost).Call with { Outcome = CallOutcome.Lost };
        try
        {
            await log.EndedAsync(ended, CancellationToken.None);
            LogLost(call.Id);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.ClientMessageIdReused || refused.Refusal == Refusal.ConversationNotFound)
        {
            LogNotEnded(refused, call.Id);
        }

        return ended;
    }

    private async Task OneAsync(CallKey key, Func<CallState, CallStep> change, CancellationToken cancellationToken)
    {
        try
        {
            if (await directory.FindAsync(key, cancellationToken) is { EndedAt: not null } over)
            {
                await changes.FinishAsync(over); // Whoever ended it did not come to write it.
            }
            else
            {
                await changes.ChangeAsync(key, change, cancellationToken);
            }
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.CallNotFound)
        {
            // Another replica was faster.
        }
        catch (RefusedException refused)
        {
            LogNotEnded(refused, key.Id);
        }
    }

    private static CallState Known(CallRecord record) => new()
    {
        Tenant = record.Tenant.Value,
        Id = record.Id,
        Conversation = record.Conversation.Value,
        Direct = ConversationRules.IsDirect(record.Conversation.Value),
        Media = record.Media,
        StartedBy = record.StartedBy,
        StartedAt = record.StartedAt,
        Places = [.. record.Participants.Select(participant => new CallPlace(participant.UserId, participant.State))],
    };

    [LoggerMessage(1502, LogLevel.Warning, "Call {CallId} was on record and nowhere else; it is over.")]
    private partial void LogLost(string callId);

    [LoggerMessage(1503, LogLevel.Warning, "Could not do what is due in call {CallId}; it is tried again.")]
    private partial void LogNotEnded(Exception exception, string callId);
}
