using Caas.Contracts;

namespace Caas.Client;

/// <summary>How the user is notified. For users, and for a backend that speaks for one.</summary>
public sealed class NotificationsApi
{
    private const string Preferences = "/v1/notification-preferences";

    private readonly RestCaller _caller;

    internal NotificationsApi(RestCaller caller) => _caller = caller;

    public Task<NotificationPreferencesResponse> GetPreferencesAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<NotificationPreferencesResponse>(Preferences, cancellationToken);

    /// <summary>Replaces all of it: what is null has its default.</summary>
    public Task<NotificationPreferencesResponse> PutPreferencesAsync(PutNotificationPreferencesRequest request, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<NotificationPreferencesResponse>(Preferences, request, cancellationToken);
}
