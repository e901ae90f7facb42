using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Tenants;

namespace Caas.Core.Calls;

/// <summary>Of <c>call.started</c>, whose actor is who called.</summary>
/// <param name="UserIds">Whose devices rang.</param>
public sealed record CallStartedData(string CallId, CallMedia Media, IReadOnlyList<string> UserIds);

/// <summary>Of <c>call.ended</c>.</summary>
/// <param name="DurationSeconds">From the first answer on; 0: nobody answered.</param>
public sealed record CallEndedData(string CallId, CallMedia Media, CallOutcome Outcome, long DurationSeconds, string StartedBy, DateTimeOffset StartedAt, IReadOnlyList<CallHistoryParticipant> Participants);

/// <summary>
/// What is durable of a call: one entry when it begins, one when it is over, each under an id that derives from the call's, so that whoever writes it again finds it written. The same is true of
/// the record in the list of calls.
/// </summary>
public sealed class CallLog(ConversationWriter writer, IEntryStore entries, ITenantStore tenants, ICallRecordStore records, CallMetrics metrics)
{
    /// <summary>Whether there is a log for it: not for what is pretended, nor for a tenant that was deleted while nobody looked after its calls. Writing there would leave what nobody removes.</summary>
    public async Task<bool> HasPlaceAsync(CallState call, CancellationToken cancellationToken) =>
        !call.Pretended
        && await tenants.FindAsync(new(call.Tenant), cancellationToken) is not { DeletedAt: not null }
        && await entries.ReadAfterAsync(LogId.Of(new(call.Tenant), new ConversationId(call.Conversation)), 0, 1, cancellationToken) is { Count: > 0 };

    public async Task<bool> IsOnRecordAsync(CallState call, CancellationToken cancellationToken) => await records.FindAsync(call.Key(), cancellationToken) is not null;

    /// <summary>Writes that it began. Repeating it changes nothing.</summary>
    public async Task StartedAsync(CallState call, CancellationToken cancellationToken)
    {
        var caller = new Caller { Kind = CallerKind.User, Tenant = new(call.Tenant), User = new(call.StartedBy) };
        var data = new CallStartedData(call.Id, call.Media, [.. call.Places.Where(place => place.User != call.StartedBy).Select(place => place.User)]);
        var draft = Same(writer.Draft(caller, new(call.Conversation), EntryTypes.CallStarted, data, CoreJsonContext.Default.CallStartedData, $"call:{call.Id}:started"), call.Id);
        var (written, _) = await writer.WriteAsync(caller.Tenant, new(call.Conversation), [draft], cancellationToken);
        await records.SaveAsync(CallRecord.Of(written[0])!, CancellationToken.None);
    }

    /// <summary>Keeps on record who is in it, for when nothing else is known of it any more.</summary>
    public Task GoesOnAsync(CallState call, DateTimeOffset now, CancellationToken cancellationToken) => records.SaveAsync(CallRecord.Of(call, now), cancellationToken);

    /// <summary>Writes that it is over. Repeating it changes nothing: the first one counts, whatever later ones say.</summary>
    /// <returns>What is on record, and whether this call of the method put it there.</returns>
    public async Task<(CallRecord Record, bool First)> EndedAsync(CallState call, CancellationToken cancellationToken)
    {
        var caller = new Caller { Kind = CallerKind.Backend, Tenant = new(call.Tenant) };
        var outcome = call.Outcome ?? CallOutcome.Lost;
        var data = new CallEndedData(call.Id, call.Media, outcome, call.Seconds(), call.StartedBy, call.StartedAt, [.. call.Places.Select(place => new CallHistoryParticipant(place.User, place.State, place.Milliseconds / 1000))]);
        var draft = Same(writer.Draft(caller, new(call.Conversation), EntryTypes.CallEnded, data, CoreJsonContext.Default.CallEndedData, $"call:{call.Id}:ended"), call.Id);
        var (written, _) = await writer.WriteAsync(caller.Tenant, new(call.Conversation), [draft], cancellationToken);
        var first = written[0].Id == draft.Id;
        if (first)
        {
            metrics.Ended(outcome, call.Seconds());
        }

        var record = CallRecord.Of(written[0])!;
        await records.SaveAsync(record, CancellationToken.None);
        return (record, first);
    }

    /// <summary>Which call it is about makes it the same, not what is said of it.</summary>
    private static EntryDraft Same(EntryDraft draft, string call) => draft with { ContentHash = ContentHash.Of(draft.Type, call, CoreJsonContext.Default.String) };
}
