using System.Text;

namespace Caas.Core.Calls;

/// <summary>Keeps calls in this process alone.</summary>
public sealed class LocalCallDirectory : ICallDirectory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<CallKey, Kept> _calls = [];

    public Task<CallWrite> TryAddAsync(CallState call, DateTimeOffset due, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var other = _calls.Values.FirstOrDefault(kept => kept.IsIn(new(call.Tenant), new(call.Conversation)));
            return Task.FromResult(other is not null && !call.Pretended ? new(CallWriteStatus.Taken, other.Call.Id) : Write(call, due));
        }
    }

    public Task<CallWrite> TryReplaceAsync(CallState call, DateTimeOffset due, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(!_calls.TryGetValue(call.Key(), out var kept) || kept.Call.Version != call.Version - 1 ? new(CallWriteStatus.Stale) : Write(call, due));
        }
    }

    public Task<CallState?> FindAsync(CallKey call, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_calls.GetValueOrDefault(call)?.Call);
        }
    }

    public Task<IReadOnlyList<long?>> ListVersionsAsync(IReadOnlyList<CallKey> calls, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<long?>>([.. calls.Select(call => _calls.GetValueOrDefault(call)?.Call.Version)]);
        }
    }

    public Task<string?> FindInAsync(TenantId tenant, ConversationId conversation, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_calls.Values.FirstOrDefault(kept => kept.IsIn(tenant, conversation))?.Call.Id);
        }
    }

    public Task<IReadOnlyList<UserCall>> OfUserAsync(TenantId tenant, UserId user, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<UserCall>>([.. _calls.Values.Where(kept => kept.Call.Tenant == tenant.Value)
                .SelectMany(kept => kept.Call.Occupied().Where(place => place.User == user.Value).Select(place => new UserCall(kept.Call.Id, place.IsIn())))]);
        }
    }

    public Task DeleteAsync(CallKey call, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _calls.Remove(call);
            return Task.CompletedTask;
        }
    }

    public Task<IReadOnlyList<CallKey>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<CallKey>>([.. _calls.Where(pair => pair.Value.Due <= now).OrderBy(pair => pair.Value.Due).Take(limit).Select(pair => pair.Key)]);
        }
    }

    public Task PutOffAsync(CallKey call, DateTimeOffset due, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_calls.TryGetValue(call, out var kept))
            {
                kept.Due = due;
            }

            return Task.CompletedTask;
        }
    }

    public Task<IReadOnlyList<(CallKey Call, string Replica)>> ListLostAsync(IReadOnlyCollection<string> living, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<(CallKey, string)>>([.. _calls.SelectMany(pair => pair.Value.Call.Occupied().Select(place => place.Replica).OfType<string>().Distinct().Where(replica => !living.Contains(replica)).Select(replica => (pair.Key, replica))).Take(limit)]);
        }
    }

    public Task<IReadOnlyList<(CallKey Call, UserId User)>> ListOnAsync(string replica, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<(CallKey, UserId)>>([.. _calls.SelectMany(pair => pair.Value.Call.Occupied().Where(place => place.Replica == replica).Select(place => (pair.Key, new UserId(place.User))))]);
        }
    }

    public Task<SignalRoute> RouteAsync(CallKey call, UserId from, UserId to, string signal, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_calls.TryGetValue(call, out var kept) ? kept.Route(from.Value, to.Value, signal) : new(SignalRouteStatus.Gone));
        }
    }

    public Task<IReadOnlyList<string>> TakeSignalsAsync(CallKey call, UserId user, string connection, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<string>>(_calls.TryGetValue(call, out var kept) && kept.Call.Find(user.Value)?.Connection == connection ? kept.Take(user.Value, connection) : []);
        }
    }

    private CallWrite Write(CallState call, DateTimeOffset due)
    {
        var isIn = call.Occupied().Where(place => place.IsIn()).Select(place => place.User).ToHashSet(StringComparer.Ordinal);
        var other = _calls.Values.Where(kept => kept.Call.Tenant == call.Tenant && kept.Call.Id != call.Id)
            .SelectMany(kept => kept.Call.Occupied()).FirstOrDefault(place => place.IsIn() && isIn.Contains(place.User));
        if (other is not null)
        {
            return new(CallWriteStatus.Busy, other.User);
        }

        var written = _calls.TryGetValue(call.Key(), out var before) ? before : _calls[call.Key()] = new();
        (written.Call, written.Due) = (call, due);
        written.Forget();
        return new(CallWriteStatus.Written);
    }

    private sealed class Kept
    {
        /// <summary>Who gets signals directly, and on which connection.</summary>
        private readonly Dictionary<string, string> _open = [];
        private readonly List<(string From, string To, string Signal)> _signals = [];

        public CallState Call { get; set; } = null!;

        public DateTimeOffset Due { get; set; }

        public bool IsIn(TenantId tenant, ConversationId conversation) => Call.Tenant == tenant.Value && Call.Conversation == conversation.Value && Call is { EndedAt: null, Pretended: false };

        public SignalRoute Route(string from, string to, string signal)
        {
            if (_open.TryGetValue(to, out var connection))
            {
                return new(SignalRouteStatus.Direct, connection);
            }

            if (_signals.Count(one => one.From == from && one.To == to) >= KeptSignals.MostOfPair || _signals.Sum(one => Encoding.UTF8.GetByteCount(one.Signal)) + Encoding.UTF8.GetByteCount(signal) > KeptSignals.MostBytes)
            {
                return new(SignalRouteStatus.Full);
            }

            _signals.Add((from, to, signal));
            return new(SignalRouteStatus.Kept);
        }

        public string[] Take(string user, string connection)
        {
            string[] taken = [.. _signals.Where(one => one.To == user).Select(one => one.Signal)];
            _signals.RemoveAll(one => one.To == user);
            if (taken.Length == 0)
            {
                _open[user] = connection;
            }

            return taken;
        }

        /// <summary>After a change: devices that have the call no more, and what was said by or to those who have gone.</summary>
        public void Forget()
        {
            foreach (var user in _open.Where(pair => Call.Find(pair.Key)?.Connection != pair.Value).Select(pair => pair.Key).ToList())
            {
                _open.Remove(user);
            }

            var present = Call.Occupied().Select(place => place.User).ToHashSet(StringComparer.Ordinal);
            _signals.RemoveAll(one => !present.Contains(one.From) || !present.Contains(one.To));
        }
    }
}
