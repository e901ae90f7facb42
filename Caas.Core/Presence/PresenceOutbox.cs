namespace Caas.Core.Presence;

/// <summary>What of presence waits to be published: of each user the newest only, of so many users at most. Where nobody publishes, nothing waits.</summary>
public sealed class PresenceOutbox(PresenceMetrics metrics)
{
    /// <summary>Of more users than this the rest is let go, and counted: while the target is away, memory must not grow with what is missed.</summary>
    public const int MostUsers = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(TenantId Tenant, UserId User), PresenceRecord> _waiting = [];
    private TaskCompletionSource _some = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _open;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Somebody publishes from now on.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _open = true;
        }
    }

    /// <summary>Never waits. What is known already is known to be so at a later time, or the same.</summary>
    public void Offer(PresenceRecord record)
    {
        lock (_gate)
        {
            if (!_open)
            {
                return;
            }

            var key = (record.Tenant, record.User);
            if (_waiting.TryGetValue(key, out var known) ? known.Version >= record.Version : IsFull())
            {
                return;
            }

            _waiting[key] = record;
            _some.TrySetResult();
        }
    }

    /// <summary>Some of what waits, each user once; waits until there is some.</summary>
    public async Task<IReadOnlyList<PresenceRecord>> TakeAsync(int most, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task some;
            lock (_gate)
            {
                if (_waiting.Count > 0)
                {
                    return Take(most);
                }

                some = _some.Task;
            }

            await some.WaitAsync(cancellationToken);
        }
    }

    private PresenceRecord[] Take(int most)
    {
        var taken = _waiting.Take(most).ToArray();
        foreach (var (key, _) in taken)
        {
            _waiting.Remove(key);
        }

        if (_waiting.Count == 0)
        {
            _some = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return [.. taken.Select(waiting => waiting.Value)];
    }

    private bool IsFull()
    {
        if (_waiting.Count < MostUsers)
        {
            return false;
        }

        metrics.NotPublished();
        return true;
    }
}
