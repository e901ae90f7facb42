using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Json;
using Caas.Core.Messages;
using Caas.Core.Paging;
using Caas.Core.Timed;

namespace Caas.Core.Reminders;

/// <summary>What a reminder keeps.</summary>
public sealed record ReminderBody(string? Text, string? ConversationId, string? MessageId, DateTimeOffset CreatedAt);

/// <summary>Reminders of one's own. A due one is told to the user's devices, and stays listed until it is dismissed.</summary>
public sealed class ReminderService(ITimedStore store, MessageReader messages, Cursors cursors, IdGenerator ids, TimeProvider clock)
{
    public const string Kind = "reminder";

    /// <summary>Characters (UTF-16 code units).</summary>
    public const int MaxText = 1_000;

    /// <summary>The most of one user, due ones too. Calls at the same moment may go over it by as many as they are.</summary>
    public const int Most = 500;

    private const string ListName = "reminders";

    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>on_behalf_of_required</c>, <c>limit_reached</c>; of the message <c>conversation_not_found</c>, <c>not_a_member</c>, <c>message_not_found</c>.</exception>
    public async Task<ReminderResponse> AddAsync(Caller caller, CreateReminderRequest request, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        var now = TimedRules.Whole(clock.GetUtcNow());
        TimedRules.At(new(), request.RemindAt, now, "remindAt")
            .Check(request.Text is null || (request.Text.Length is > 0 and <= MaxText && Tenants.TenantRules.IsWellFormed(request.Text) && !request.Text.Contains('\0', StringComparison.Ordinal)), "text", $"must be 1 to {MaxText} characters")
            .Check(request.Text is not null || request.MessageId is not null, "text", "or a message is required")
            .Check((request.MessageId is null) == (request.ConversationId is null), "conversationId", "and messageId belong together")
            .ThrowIfAny();
        if (request is { ConversationId: { } conversation, MessageId: { } messageId })
        {
            await messages.GetAsync(caller, new(conversation), messageId, cancellationToken);
        }

        var place = PlaceOf(caller.Tenant, user);
        if (await store.CountAsync(place, TimedOwner.Everybody, cancellationToken) >= Most)
        {
            throw Refusal.LimitReached.With($"A user has at most {Most} reminders.");
        }

        var body = new ReminderBody(request.Text, request.ConversationId, request.MessageId, now);
        var item = new TimedItem(place, ids.Next(), user, TimedRules.Whole(request.RemindAt), Waiting: true, JsonSerializer.Serialize(body, CoreJsonContext.Default.ReminderBody));
        await store.AddAsync(item, cancellationToken);
        return Shape(item);
    }

    /// <summary>A page of the caller's, in the order in which they were made.</summary>
    /// <param name="limit">1 to 200, default 50.</param>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<ReminderResponse>> ListAsync(Caller caller, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(caller.Tenant, ListName, user.Value);
        var after = await cursors.DecodeAsync(list, cursor, 1, cancellationToken) is [var id] ? id : null;
        var found = await store.ListAsync(PlaceOf(caller.Tenant, user), TimedOwner.Everybody, after, count + 1, cancellationToken);
        return new([.. found.Take(count).Select(Shape)], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].Id) : null);
    }

    /// <summary>Dismisses a reminder, or takes it back before it is due.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>reminder_not_found</c>.</exception>
    public async Task DeleteAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var place = PlaceOf(caller.Tenant, caller.RequireUser());
        if (id is not { Length: > 0 and <= 64 } || !await store.DeleteAsync(place, id, cancellationToken))
        {
            throw Refusal.ReminderNotFound.AsException();
        }
    }

    /// <summary>A reminder as its user sees it.</summary>
    public static ReminderResponse Shape(TimedItem item)
    {
        var body = JsonSerializer.Deserialize(item.Body, CoreJsonContext.Default.ReminderBody)!;
        return new(item.Id, item.DueAt, body.Text, body.ConversationId, body.MessageId, !item.Waiting, body.CreatedAt);
    }

    private static TimedPlace PlaceOf(TenantId tenant, UserId user) => new(tenant, Kind, user.Value);
}
