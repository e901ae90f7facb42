using System.Globalization;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Paging;
using Caas.Core.Timed;
using Caas.Core.Users;

namespace Caas.Core.Notifications;

/// <summary>The caller's own inbox.</summary>
public sealed class NotificationInbox(INotificationStore store, IUserStore users, NotificationViews views, NotificationNews news, Cursors cursors, TimeProvider clock)
{
    private const string ListName = "notifications";
    private const int MaxIds = 200;
    private const int MaxId = 80;

    /// <summary>A page, the newest first, and how many are unread.</summary>
    /// <param name="limit">1 to 200, default 50.</param>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>insufficient_scope</c>, <c>user_not_found</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<NotificationPage> ListAsync(Caller caller, bool? unread, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var user = await RequireAsync(caller, Scopes.MessagesRead, cancellationToken);
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(user.Tenant, ListName, user.Id.Value, unread == true ? "unread" : "");
        var after = await cursors.DecodeAsync(list, cursor, 2, cancellationToken) is [var at, var id] ? new NotificationPlace(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)), id) : null;
        var found = await store.ListAsync(user.Tenant, user.Id, unread == true ? NotificationRows.Unread : NotificationRows.Inbox, after, count + 1, cancellationToken);
        var next = found.Count > count
            ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].UpdatedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), found[count - 1].Id)
            : null;
        return new(await views.ShapeAsync(user, [.. found.Take(count)], cancellationToken), next, await store.CountUnreadAsync(user.Tenant, user.Id, cancellationToken));
    }

    /// <summary>Marks some as read; those that are not there change nothing. The user's connected devices hear how many are left.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>insufficient_scope</c>, <c>user_not_found</c>, <c>validation_failed</c>.</exception>
    public async Task<UnreadNotificationsResponse> ReadAsync(Caller caller, ReadNotificationsRequest request, CancellationToken cancellationToken)
    {
        var user = await RequireAsync(caller, Scopes.MessagesWrite, cancellationToken);
        var given = (request.Ids is null ? 0 : 1) + (request.ConversationId is null ? 0 : 1) + (request.All == true ? 1 : 0);
        new Validation()
            .Check(given == 1, "ids", "or conversationId, or all: exactly one is required")
            .Check(request.Ids is null or { Count: >= 1 and <= MaxIds }, "ids", $"must be 1 to {MaxIds}")
            .Check(request.Ids?.All(id => id is { Length: > 0 and <= MaxId }) != false, "ids", "must be ids of notifications")
            .Check(request.ConversationId is null || PublicId.IsValid(request.ConversationId), "conversationId", "must be the id of a conversation")
            .ThrowIfAny();
        IReadOnlyCollection<string>? ids = request.ConversationId is { } conversation
            ? [.. Enum.GetValues<NotificationType>().Select(type => NotificationRow.IdOf(type, new(conversation)))]
            : request.Ids;
        await store.ReadAsync(user.Tenant, user.Id, ids, upTo: null, TimedRules.Whole(clock.GetUtcNow()), cancellationToken);
        var unread = await store.CountUnreadAsync(user.Tenant, user.Id, cancellationToken);
        news.TellUnread(user.Tenant, user.Id, unread);
        return new(unread);
    }

    private async Task<User> RequireAsync(Caller caller, string scope, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(scope);
        return await users.FindAsync(tenant, caller.RequireUser(), cancellationToken) ?? throw Refusal.UserNotFound.AsException();
    }
}
