using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Paging;
using Caas.Core.Polls;
using Caas.Core.Timed;

namespace Caas.Core.Scheduled;

/// <summary>What a scheduled message keeps.</summary>
public sealed record ScheduledBody(SendMessageRequest Message, DateTimeOffset SendAt, DateTimeOffset CreatedAt, string? Error = null);

/// <summary>Messages that are sent later: the caller's own, for a backend that speaks for no user all of a conversation.</summary>
public sealed class ScheduledMessages(ITimedStore store, Membership membership, AttachmentReferences references, Cursors cursors, IdGenerator ids, TimeProvider clock)
{
    public const string Kind = "message";

    /// <summary>The most of one user in one conversation, failed ones too. Calls at the same moment may go over it by as many as they are.</summary>
    public const int Most = 100;

    private const string ListName = "scheduled";

    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>, <c>limit_reached</c>; of its files, which are judged now, <c>attachment_not_found</c>, <c>attachment_not_ready</c>, <c>unavailable</c>.</exception>
    public async Task<ScheduledMessageResponse> AddAsync(Caller caller, ConversationId conversation, ScheduleMessageRequest request, CancellationToken cancellationToken)
    {
        var now = TimedRules.Whole(clock.GetUtcNow());
        TimedRules.At(new(), request.SendAt, now, "sendAt").Check(request.Message.ClientMessageId is null, "message.clientMessageId", "is made of the scheduled message's id").ThrowIfAny();
        MessageRules.Require(request.Message, clientId: null);
        PollRules.RequireOpen(request.Message.Poll, request.SendAt);
        await membership.RequireAsync(caller, conversation, Right.Write, cancellationToken);
        await references.ResolveAsync(caller, request.Message.Attachments, cancellationToken);
        var place = PlaceOf(caller, conversation);
        if (await store.CountAsync(place, TimedOwner.Of(caller.User), cancellationToken) >= Most)
        {
            throw Refusal.LimitReached.With($"At most {Most} messages may be scheduled in a conversation.");
        }

        var sendAt = TimedRules.Whole(request.SendAt);
        var body = JsonSerializer.Serialize(new ScheduledBody(request.Message, sendAt, now), CoreJsonContext.Default.ScheduledBody);
        var item = new TimedItem(place, ids.Next(), caller.User, sendAt, Waiting: true, body);
        await store.AddAsync(item, cancellationToken);
        return Shape(item);
    }

    /// <summary>A page, in the order in which they were made. One's own are listed, and taken back, also by one who is no member any more.</summary>
    /// <param name="limit">1 to 200, default 50.</param>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<ScheduledMessageResponse>> ListAsync(Caller caller, ConversationId conversation, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(caller.Tenant, ListName, conversation.Value, caller.User?.Value);
        var after = await cursors.DecodeAsync(list, cursor, 1, cancellationToken) is [var id] ? id : null;
        var owner = caller.User is { } user ? TimedOwner.Of(user) : TimedOwner.Everybody;
        var found = await store.ListAsync(PlaceOf(caller, conversation), owner, after, count + 1, cancellationToken);
        if (found.Count == 0)
        {
            // Who has something here sees it, also one who is no member any more; who has nothing learns nothing.
            await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        }

        return new([.. found.Take(count).Select(Shape)], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].Id) : null);
    }

    /// <summary>Takes it back, or dismisses one that failed. One that is being sent at this moment may be sent all the same.</summary>
    /// <exception cref="RefusedException"><c>scheduled_not_found</c>, also for another user's and one that was sent.</exception>
    public async Task DeleteAsync(Caller caller, ConversationId conversation, string id, CancellationToken cancellationToken)
    {
        var place = PlaceOf(caller, conversation);
        var found = id is { Length: > 0 and <= 64 } ? await store.FindAsync(place, id, cancellationToken) : null;
        if (found is null || (caller.User is { } user && found.Owner != user) || !await store.DeleteAsync(place, id, cancellationToken))
        {
            await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
            throw Refusal.ScheduledNotFound.AsException();
        }
    }

    private static TimedPlace PlaceOf(Caller caller, ConversationId conversation) => new(caller.Tenant, Kind, conversation.Value);

    private static ScheduledMessageResponse Shape(TimedItem item)
    {
        var body = JsonSerializer.Deserialize(item.Body, CoreJsonContext.Default.ScheduledBody)!;
        return new(item.Id, item.Place.Name, item.Owner?.Value, body.SendAt, body.Message, item.Waiting ? ScheduledStatus.Waiting : ScheduledStatus.Failed, item.Waiting ? null : body.Error ?? "internal_error: It could not be sent.", body.CreatedAt);
    }
}
