using Caas.Core.Notifications;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Notifications;

/// <summary><c>/v1/notification-preferences</c>: the caller's own.</summary>
internal static class NotificationPreferenceEndpoints
{
    public static void MapNotificationPreferences(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/notification-preferences").WithTags("Notifications").AllowCallers(CallerKinds.Backend | CallerKinds.User, "users").Refuses(Refusal.OnBehalfOfRequired);
        group.MapGet("/", GetAsync).WithName("GetNotificationPreferences").WithSummary("Get how you are notified");
        group.MapPut("/", PutAsync).WithName("PutNotificationPreferences").WithSummary("Choose how you are notified")
            .WithDescription("Replaces all of it: what is absent has its default, and a field that is none of these is refused. The address for mail is set by the backend only, and stays when a user says nothing of it.").Refuses(Refusal.NotAllowed);
    }

    private static async Task<Ok<NotificationPreferencesResponse>> GetAsync(Caller caller, NotificationPreferenceService preferences, CancellationToken cancellationToken) =>
        TypedResults.Ok(await preferences.GetAsync(caller, cancellationToken));

    private static async Task<Ok<NotificationPreferencesResponse>> PutAsync(PutNotificationPreferencesRequest request, Caller caller, NotificationPreferenceService preferences, CancellationToken cancellationToken) =>
        TypedResults.Ok(await preferences.PutAsync(caller, request, cancellationToken));
}
