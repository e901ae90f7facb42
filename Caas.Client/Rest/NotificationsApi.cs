using Caas.Contracts;

namespace Caas.Client;

/// <summary>The user's inbox, and how the user is notified. For users, and for a backend that speaks for one.</summary>
public sealed class NotificationsApi
{
    private const string Preferences = "/v1/notification-preferences";

    private readonly RestCaller _caller;

    internal NotificationsApi(RestCaller caller) => _caller = caller;

    /// <summary>The inbox, the newest first.</summary>
    public IAsyncEnumerable<NotificationResponse> ListAsync(bool unread = false, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<NotificationResponse>(unread ? "/v1/notifications?unread=true" : "/v1/notifications", cancellationToken);

    /// <summary>One page of the inbox, and how many are unread in all.</summary>
    public Task<NotificationPage> PageAsync(bool unread = false, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<NotificationPage>(unread ? "/v1/notifications?unread=true" : "/v1/notifications", cancellationToken);

    /// <summary>Marks notifications as read.</summary>
    /// <returns>How many are left.</returns>
    public async Task<long> ReadAsync(ReadNotificationsRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        (await _caller.PostAsync<UnreadNotificationsResponse>("/v1/notifications/read", request, idempotencyKey, cancellationToken)).Unread;

    public Task<NotificationPreferencesResponse> GetPreferencesAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<NotificationPreferencesResponse>(Preferences, cancellationToken);

    /// <summary>Replaces all of it: what is null has its default.</summary>
    public Task<NotificationPreferencesResponse> PutPreferencesAsync(PutNotificationPreferencesRequest request, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<NotificationPreferencesResponse>(Preferences, request, cancellationToken);
}
