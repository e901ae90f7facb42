using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Calls;

/// <summary>A call in the list of calls, as its conversation's log tells it.</summary>
/// <param name="EndedAt">Null: it goes on.</param>
/// <param name="Participants">Who called first.</param>
public sealed record CallRecord(
    TenantId Tenant, string Id, ConversationId Conversation, CallMedia Media, string StartedBy, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, CallOutcome? Outcome, long? DurationSeconds, IReadOnlyList<CallHistoryParticipant> Participants)
{
    /// <summary>Of one that goes on: when a second one joined.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>Of one that goes on: when it was seen to last.</summary>
    public DateTimeOffset? KnownAt { get; init; }

    /// <summary>Of one that goes on: since when each of the participants, in their order, has been in it.</summary>
    public IReadOnlyList<DateTimeOffset?>? Since { get; init; }

    /// <summary>One that goes on, as it is.</summary>
    public static CallRecord Of(CallState call, DateTimeOffset now) =>
        new(new(call.Tenant), call.Id, new(call.Conversation), call.Media, call.StartedBy, call.StartedAt, null, null, null, [.. call.Places.Select(place => new CallHistoryParticipant(place.User, place.State, place.Milliseconds / 1000))])
        {
            AnsweredAt = call.AnsweredAt,
            KnownAt = now,
            Since = [.. call.Places.Select(place => place.JoinedAt)],
        };

    /// <returns>Null: the entry is about no call, or its data was erased.</returns>
    public static CallRecord? Of(Entry entry)
    {
        var conversation = new ConversationId(entry.Log.Name);
        if (entry.Type == EntryTypes.CallStarted && entry.ActorId is { } by && entry.Data?.Deserialize(CoreJsonContext.Default.CallStartedData) is { CallId: not null } started)
        {
            return new(entry.Log.Tenant, started.CallId, conversation, started.Media, by, entry.At, null, null, null,
                [new(by, CallParticipantState.Joined, 0), .. started.UserIds.Select(user => new CallHistoryParticipant(user, CallParticipantState.Ringing, 0))]);
        }

        return entry.Type == EntryTypes.CallEnded && entry.Data?.Deserialize(CoreJsonContext.Default.CallEndedData) is { CallId: not null } ended
            ? new(entry.Log.Tenant, ended.CallId, conversation, ended.Media, ended.StartedBy, ended.StartedAt, entry.At, ended.Outcome, ended.DurationSeconds, ended.Participants)
            : null;
    }
}

/// <summary>What stores keep of a call beside what they look for.</summary>
public sealed record CallBody(CallMedia Media, string StartedBy, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, CallOutcome? Outcome, long? DurationSeconds, IReadOnlyList<CallHistoryParticipant> Participants)
{
    public DateTimeOffset? AnsweredAt { get; init; }
    public DateTimeOffset? KnownAt { get; init; }
    public IReadOnlyList<DateTimeOffset?>? Since { get; init; }

    public static CallBody Of(CallRecord call) => new(call.Media, call.StartedBy, call.StartedAt, call.EndedAt, call.Outcome, call.DurationSeconds, call.Participants) { AnsweredAt = call.AnsweredAt, KnownAt = call.KnownAt, Since = call.Since };

    public CallRecord At(TenantId tenant, string id, ConversationId conversation) => new(tenant, id, conversation, Media, StartedBy, StartedAt, EndedAt, Outcome, DurationSeconds, Participants) { AnsweredAt = AnsweredAt, KnownAt = KnownAt, Since = Since };
}
