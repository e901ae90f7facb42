using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Json;

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
public sealed class CallLog(ConversationWriter writer, ICallRecordStore records, CallMetrics metrics)
{
    /// <summary>Writes that it began. Repeating it changes nothing.</summary>
    public async Task StartedAsync(CallState call, CancellationToken cancellationToken)
    {
        var caller = new Caller { Kind = CallerKind.User, Tenant = new(call.Tenant), User = new(call.StartedBy) };
        var data = new CallStartedData(call.Id, call.Media, [.. call.Places.Where(place => place.User != call.StartedBy).Select(place => place.User)]);
        var draft = Same(writer.Draft(caller, new(call.Conversation), EntryTypes.CallStarted, data, CoreJsonContext.Default.CallStartedData, $"call:{call.Id}:started"), call.Id);
        var (entries, _) = await writer.WriteAsync(caller.Tenant, new(call.Conversation), [draft], cancellationToken);
        await records.SaveAsync(CallRecord.Of(entries[0])!, CancellationToken.None);
    }

    /// <summary>Writes that it is over. Repeating it changes nothing: the first one counts, whatever later ones say.</summary>
    public async Task EndedAsync(CallState call, CancellationToken cancellationToken)
    {
        var caller = new Caller { Kind = CallerKind.Backend, Tenant = new(call.Tenant) };
        var outcome = call.Outcome ?? CallOutcome.Lost;
        var data = new CallEndedData(call.Id, call.Media, outcome, call.Seconds(), call.StartedBy, call.StartedAt, [.. call.Places.Select(place => new CallHistoryParticipant(place.User, place.State, place.Milliseconds / 1000))]);
        var draft = Same(writer.Draft(caller, new(call.Conversation), EntryTypes.CallEnded, data, CoreJsonContext.Default.CallEndedData, $"call:{call.Id}:ended"), call.Id);
        var (entries, _) = await writer.WriteAsync(caller.Tenant, new(call.Conversation), [draft], cancellationToken);
        if (entries[0].Id == draft.Id)
        {
            metrics.Ended(outcome, call.Seconds());
        }

        await records.SaveAsync(CallRecord.Of(entries[0])!, CancellationToken.None);
    }

    /// <summary>Which call it is about makes it the same, not what is said of it.</summary>
    private static EntryDraft Same(EntryDraft draft, string call) => draft with { ContentHash = ContentHash.Of(draft.Type, call, CoreJsonContext.Default.String) };
}
