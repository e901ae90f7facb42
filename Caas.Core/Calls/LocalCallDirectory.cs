namespace Caas.Core.Calls;

/// <summary>Keeps calls in this process alone.</summary>
public sealed class LocalCallDirectory : ICallDirectory
{
    private const int MostKept = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<CallKey, Kept> _calls = [];

    public Task<CallWrite> TryAddAsync(CallState call, DateTimeOffset due, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var other = _calls.Values.FirstOrDefault(kept => kept.Call.Tenant == call.Tenant && kept.Call.Conversation == call.Conversation && kept.Call.EndedAt is null);
            return Task.FromResult(other is not null ? new(CallWriteStatus.Taken, other.Call.Id) : Write(call, due));
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

    public Task<string?> FindInAsync(TenantId tenant, ConversationId conversation, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_calls.Values.FirstOrDefault(kept => kept.Call.Tenant == tenant.Value && kept.Call.Conversation == conversation.Value && kept.Call.EndedAt is null)?.Call.Id);
        }
    }

    public Task<IReadOnlyList<UserCall>> OfUserAsync(TenantId tenant, UserId user, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<UserCall>>([.. _calls.Values.Where(kept => kept.Call.Tenant == tenant.Value && kept.Call.EndedAt is null && kept.Call.Find(user.Value)?.IsPresent() == true)
                .Select(kept => new UserCall(kept.Call.Id, kept.Call.Find(user.Value)!.IsIn()))]);
        }
    }

    public Task DeleteAsync(CallState call, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _calls.Remove(call.Key());
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

    public Task<IReadOnlyList<(CallKey Call, string Replica)>> ListLostAsync(IReadOnlyCollection<string> living, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<(CallKey, string)>>([.. _calls.SelectMany(pair => pair.Value.Call.Places.Select(place => place.Replica).OfType<string>().Distinct().Where(replica => !living.Contains(replica)).Select(replica => (pair.Key, replica))).Take(limit)]);
        }
    }

    public Task<SignalRoute> RouteAsync(CallKey call, UserId to, string signal, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_calls.TryGetValue(call, out var kept))
            {
                return Task.FromResult(new SignalRoute(SignalRouteStatus.Gone));
            }

            if (kept.Open.TryGetValue(to.Value, out var connection))
            {
                return Task.FromResult(new SignalRoute(SignalRouteStatus.Direct, connection));
            }

            var signals = kept.Signals.TryGetValue(to.Value, out var list) ? list : kept.Signals[to.Value] = [];
            if (signals.Count >= MostKept)
            {
                return Task.FromResult(new SignalRoute(SignalRouteStatus.Full));
            }

            signals.Add(signal);
            return Task.FromResult(new SignalRoute(SignalRouteStatus.Kept));
        }
    }

    public Task<IReadOnlyList<string>> TakeSignalsAsync(CallKey call, UserId user, string connection, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_calls.TryGetValue(call, out var kept) || kept.Call.Find(user.Value)?.Connection != connection)
            {
                return Task.FromResult<IReadOnlyList<string>>([]);
            }

            if (kept.Signals.Remove(user.Value, out var signals))
            {
                return Task.FromResult<IReadOnlyList<string>>(signals);
            }

            kept.Open[user.Value] = connection;
            return Task.FromResult<IReadOnlyList<string>>([]);
        }
    }

    private CallWrite Write(CallState call, DateTimeOffset due)
    {
        var isIn = call.EndedAt is null ? call.Places.Where(place => place.IsIn()).Select(place => place.User).ToHashSet(StringComparer.Ordinal) : [];
        var other = _calls.Values.Where(kept => kept.Call.Tenant == call.Tenant && kept.Call.Id != call.Id && kept.Call.EndedAt is null)
            .SelectMany(kept => kept.Call.Places).FirstOrDefault(place => place.IsIn() && isIn.Contains(place.User));
        if (other is not null)
        {
            return new(CallWriteStatus.Busy, other.User);
        }

        var written = _calls.TryGetValue(call.Key(), out var before) ? before : _calls[call.Key()] = new();
        (written.Call, written.Due) = (call, due);
        foreach (var user in written.Open.Where(pair => call.Find(pair.Key)?.Connection != pair.Value).Select(pair => pair.Key).ToList())
        {
            written.Open.Remove(user);
        }

        return new(CallWriteStatus.Written);
    }

    private sealed class Kept
    {
        public CallState Call { get; set; } = null!;

        public DateTimeOffset Due { get; set; }

        /// <summary>Who gets signals directly, and on which connection.</summary>
        public Dictionary<string, string> Open { get; } = [];

        public Dictionary<string, List<string>> Signals { get; } = [];
    }
}
