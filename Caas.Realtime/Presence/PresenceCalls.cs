using Caas.Core.Presence;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Presence;

/// <summary>The hub's calls about presence.</summary>
internal sealed class PresenceCalls(PresenceService service, PresenceTracker tracker, PresenceFollowers followers)
{
    /// <summary>Away is this device's alone; everything else is the user's, and says that the device is in use.</summary>
    public async Task SetAsync(RealtimeConnection connection, SetPresenceRequest request, CancellationToken cancellationToken)
    {
        var away = request.Status == PresenceStatus.Away;
        if (!away || request.Text is not null || request.ExpiresAt is not null)
        {
            await service.SetAsync(connection.Caller, away ? request with { Status = PresenceStatus.Online } : request, cancellationToken);
        }

        tracker.SetIdle(connection, away);
    }

    public Task<PresenceState[]> FollowAsync(RealtimeConnection connection, IReadOnlyList<string> userIds, CancellationToken cancellationToken) =>
        followers.FollowAsync(connection, PresenceService.RequireIds(userIds), cancellationToken);

    public void Unfollow(RealtimeConnection connection, IReadOnlyList<string> userIds) => followers.Unfollow(connection, PresenceService.RequireIds(userIds));

    public async Task<PresenceState[]> GetAsync(RealtimeConnection connection, IReadOnlyList<string> userIds, CancellationToken cancellationToken) =>
        [.. await service.GetAsync(connection.Caller, userIds, cancellationToken)];
}
