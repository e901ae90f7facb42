using Caas.Core.Notifications;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Notifications;

/// <summary><c>/v1/notifications</c>: the caller's own inbox.</summary>
internal static class NotificationEndpoints
{
    public static void MapNotifications(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/notifications").WithTags("Notifications").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages").Refuses(Refusal.OnBehalfOfRequired);
        group.MapGet("/", ListAsync).WithName("ListNotifications").WithSummary("List your notifications")
            .WithDescription("The newest first; `unread=true` for those alone. What happens in one conversation before it is read is one notification. `unread` in the answer is how many there are in all, for a badge.").Refuses(Refusal.InvalidCursor);
        group.MapPost("/read", ReadAsync).WithName("ReadNotifications").WithSummary("Mark notifications as read").Idempotent()
            .WithDescription("By `ids`, by `conversationId`, or `all`: exactly one of them. Reading a conversation (`readSeq`) does the same for its messages and mentions.");
    }

    private static async Task<Ok<NotificationPage>> ListAsync(bool? unread, int? limit, string? cursor, Caller caller, NotificationInbox inbox, CancellationToken cancellationToken) =>
        TypedResults.Ok(await inbox.ListAsync(caller, unread, limit, cursor, cancellationToken));

    private static async Task<Ok<UnreadNotificationsResponse>> ReadAsync(ReadNotificationsRequest request, Caller caller, NotificationInbox inbox, CancellationToken cancellationToken) =>
        TypedResults.Ok(await inbox.ReadAsync(caller, request, cancellationToken));
}
