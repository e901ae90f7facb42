using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Json;
using Caas.Core.Users;

namespace Caas.Core.Notifications;

/// <summary>A user's own preferences. They are part of the user's log and projection; a change counts for what happens from then on.</summary>
public sealed class NotificationPreferenceService(IUserStore users, UserWriter writer)
{
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>user_not_found</c>.</exception>
    public async Task<NotificationPreferencesResponse> GetAsync(Caller caller, CancellationToken cancellationToken) =>
        (await RequireAsync(caller, Scopes.UsersRead, cancellationToken)).Notifications;

    /// <summary>Replaces them; the same once more changes nothing.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>on_behalf_of_required</c>, <c>not_allowed</c> (also for an address that a user sets), <c>insufficient_scope</c>, <c>user_not_found</c>.</exception>
    public async Task<NotificationPreferencesResponse> PutAsync(Caller caller, PutNotificationPreferencesRequest request, CancellationToken cancellationToken)
    {
        var user = await RequireAsync(caller, Scopes.UsersWrite, cancellationToken);
        NotificationPreferenceRules.Check(request);
        var wanted = NotificationDefaults.Fill(request, AddressOf(caller, request, user.Notifications.Email.Address));
        return Text(wanted) == Text(user.Notifications) ? user.Notifications : (await writer.ChangeNotificationsAsync(caller, user, wanted, cancellationToken)).Notifications;
    }

    /// <summary>Who could set any address would have the tenant's mail server write to strangers.</summary>
    private static string? AddressOf(Caller caller, PutNotificationPreferencesRequest request, string? known) =>
        caller.Kind == CallerKind.Backend ? request.Email?.Address
            : request.Email?.Address is null || request.Email.Address == known ? known
            : throw Refusal.NotAllowed.With("email.address is set by the tenant's backend only.");

    private static string Text(NotificationPreferencesResponse preferences) => JsonSerializer.Serialize(preferences, IdentityJsonContext.Default.NotificationPreferencesResponse);

    private async Task<User> RequireAsync(Caller caller, string scope, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(scope);
        return await users.FindAsync(tenant, caller.RequireUser(), cancellationToken) ?? throw Refusal.UserNotFound.AsException();
    }
}

/// <summary>The whole preferences, of <c>notification_preferences.changed</c> in <c>$user/{id}</c>.</summary>
internal sealed record NotificationPreferencesChangedData(string By, NotificationPreferencesResponse Preferences);
