using Caas.Core.Entries;

namespace Caas.Core.Notifications;

/// <summary>
/// Who watches which conversation now, on whatever replica: they need not be notified. What a dead replica said does not count. Losing it notifies some who watch, and nothing else.
/// </summary>
public interface IWatchDirectory
{
    /// <summary>Says what users of one replica do now.</summary>
    /// <returns>Whether it is kept; false: nobody could be told, say it again later.</returns>
    Task<bool> SetAsync(string replica, IReadOnlyList<UserWatch> states, CancellationToken cancellationToken);

    /// <summary>Asked from time to time by a replica of what it said.</summary>
    /// <returns>Whether it is kept still; false: it is gone, or soon will be, and the replica is to say again who watches. Told once.</returns>
    Task<bool> IsKeptAsync(string replica, CancellationToken cancellationToken);

    /// <summary>Those who watch each of these conversations, in their order; nobody, while that cannot be told.</summary>
    Task<IReadOnlyList<IReadOnlySet<UserId>>> ReadManyAsync(IReadOnlyList<LogId> logs, CancellationToken cancellationToken);

    /// <summary>Those who watch a conversation.</summary>
    async Task<IReadOnlySet<UserId>> ReadAsync(LogId log, CancellationToken cancellationToken) => (await ReadManyAsync([log], cancellationToken))[0];
}

/// <param name="Watching">Whether a device of the user, on this replica, watches the conversation.</param>
public sealed record UserWatch(LogId Log, UserId User, bool Watching);

/// <summary>The directory of one process alone.</summary>
public sealed class LocalWatchDirectory : IWatchDirectory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<LogId, HashSet<(string Replica, UserId User)>> _watching = [];

    public Task<bool> SetAsync(string replica, IReadOnlyList<UserWatch> states, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var state in states)
            {
                if (state.Watching)
                {
                    _watching.TryAdd(state.Log, []);
                    _watching[state.Log].Add((replica, state.User));
                }
                else if (_watching.TryGetValue(state.Log, out var users) && users.Remove((replica, state.User)) && users.Count == 0)
                {
                    _watching.Remove(state.Log);
                }
            }
        }

        return Task.FromResult(true);
    }

    public Task<bool> IsKeptAsync(string replica, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task<IReadOnlyList<IReadOnlySet<UserId>>> ReadManyAsync(IReadOnlyList<LogId> logs, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<IReadOnlySet<UserId>>>([.. logs.Select(log => _watching.TryGetValue(log, out var users) ? users.Select(one => one.User).ToHashSet() : [])]);
        }
    }
}
