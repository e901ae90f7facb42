using Caas.Contracts;

namespace Caas.Client;

/// <summary>Who is there. Whom it follows it follows on every connection it makes, and is told what differs from what was told last.</summary>
public sealed partial class CaasConnection
{
    /// <summary>What the service takes at once.</summary>
    private const int MostFollowedAtOnce = 200;

    private readonly Dictionary<string, PresenceState?> _presences = new(StringComparer.Ordinal);
    private bool _isAway;

    /// <summary>A user who is followed is there in another way than was told last. Must be quick.</summary>
    public event Action<PresenceState>? PresenceChanged;

    /// <summary>What the user wants to be seen as. <c>Away</c> is this device's alone: say it when the user is idle, and <c>Online</c> (or what it was) when not; it is said again after a reconnect.</summary>
    /// <exception cref="CaasException"><c>validation_failed</c>; what ended the connection; <see cref="ClientCodes.Unreachable"/> when it was lost meanwhile.</exception>
    public async Task SetPresenceAsync(SetPresenceRequest presence, CancellationToken cancellationToken = default)
    {
        await AskAsync<object?>("SetPresence", [presence], cancellationToken);
        lock (_gate)
        {
            _isAway = presence.Status == PresenceStatus.Away;
        }
    }

    /// <summary>Follows up to 200 users (2,000 in all) for as long as this lives: <see cref="PresenceChanged"/> tells what changes.</summary>
    /// <returns>How they are now.</returns>
    /// <exception cref="CaasException"><c>validation_failed</c>, <c>limit_reached</c>, <c>rate_limited</c>, <c>unavailable</c>; what ended the connection; <see cref="ClientCodes.Unreachable"/> when it was lost meanwhile. They are not followed then.</exception>
    public async Task<IReadOnlyList<PresenceState>> FollowPresenceAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken = default)
    {
        var states = await AskAsync<PresenceState[]>("SubscribePresence", [userIds], cancellationToken);
        lock (_gate)
        {
            foreach (var state in states)
            {
                _presences[state.UserId] = state;
            }
        }

        return states;
    }

    /// <summary>Follows them no more.</summary>
    public async Task UnfollowPresenceAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            foreach (var user in userIds)
            {
                _presences.Remove(user);
            }
        }

        await AskAsync<object?>("UnsubscribePresence", [userIds], cancellationToken);
    }

    /// <summary>How up to 200 users are there now.</summary>
    /// <inheritdoc cref="FollowPresenceAsync" path="/exception"/>
    public async Task<IReadOnlyList<PresenceState>> GetPresenceAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken = default) =>
        await AskAsync<PresenceState[]>("GetPresence", [userIds], cancellationToken);

    void IWireOwner.OnPresence(Wire wire, PresenceState presence)
    {
        if (IsCurrent(wire))
        {
            Tell(presence);
        }
    }

    private async Task<T> AskAsync<T>(string method, object?[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            var wire = await WireAsync().WaitAsync(cancellationToken);
            return await wire.CallAsync<T>(method, arguments).WaitAsync(cancellationToken);
        }
        catch (WireLostException lost)
        {
            throw new CaasException(ClientCodes.Unreachable, "The connection was lost.", lost) { MayHaveHappened = true };
        }
    }

    /// <summary>Says on a new wire what the one before knew. What is refused for a while is asked again.</summary>
    private async Task ResumePresenceAsync(Wire wire, CancellationToken ended)
    {
        string[] users;
        bool isAway;
        lock (_gate)
        {
            (users, isAway) = ([.. _presences.Keys], _isAway);
        }

        try
        {
            if (isAway)
            {
                await wire.TryCallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Away));
            }

            foreach (var chunk in users.Chunk(MostFollowedAtOnce))
            {
                for (var attempt = 1; ; attempt++)
                {
                    try
                    {
                        foreach (var state in await wire.CallAsync<PresenceState[]>("SubscribePresence", (object)chunk))
                        {
                            Tell(state);
                        }

                        break;
                    }
                    catch (CaasException refused) when (refused.Code is "rate_limited" or "unavailable")
                    {
                        await Task.Delay(refused.RetryAfter > TimeSpan.Zero ? refused.RetryAfter.Value : Backoff.After(attempt), _options.TimeProvider, ended);
                    }
                }
            }
        }
        catch (Exception over) when (over is WireLostException or OperationCanceledException or CaasException)
        {
            // The next wire says it again; what is refused for good nobody can be told of.
        }
    }

    private void Tell(PresenceState presence)
    {
        lock (_gate)
        {
            if (!_presences.TryGetValue(presence.UserId, out var told) || (told is not null && told.Status == presence.Status && told.Text == presence.Text))
            {
                return;
            }

            _presences[presence.UserId] = presence;
        }

        PresenceChanged?.Invoke(presence);
    }
}
