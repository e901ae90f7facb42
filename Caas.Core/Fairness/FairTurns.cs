namespace Caas.Core.Fairness;

/// <summary>
/// Lets so many run at once, and none of those who share take all: one user has one turn at a time, one tenant all but one. Who waits is served tenant by tenant, and not without end: a user's
/// calls that wait are bounded, as are all.
/// </summary>
/// <param name="mostOfUser">How many of one user's may wait; of a tenant's backend five times as many.</param>
public sealed class FairTurns(int atOnce, int most, int mostOfUser)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly List<Turn> _running = [];
    private readonly Dictionary<TenantId, long> _served = [];
    private readonly int _mostOfTenant = Math.Max(1, atOnce - 1);
    private long _turns;

    /// <summary>Waits for a turn; it ends with what is returned.</summary>
    /// <param name="user">Null: the tenant's backend.</param>
    /// <exception cref="RefusedException"><c>rate_limited</c>: too many wait already.</exception>
    public async Task<IDisposable> EnterAsync(TenantId tenant, UserId? user, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            var turn = new Turn(this, tenant, user);
            if (MayRun(turn))
            {
                Begin(turn);
                return turn;
            }

            if (_waiting.Count >= most || _waiting.Count(other => other.Turn.IsOf(turn)) >= (user is null ? 5 * mostOfUser : mostOfUser))
            {
                throw new RefusedException(Refusal.RateLimited, "Too many such calls wait already; try again in 1000 ms.") { RetryAfter = RetryAfter };
            }

            waiter = new(turn);
            _waiting.AddLast(waiter);
        }

        try
        {
            await waiter.Given.Task.WaitAsync(cancellationToken);
            return waiter.Turn;
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                if (!_waiting.Remove(waiter))
                {
                    // It was given at this very moment.
                    End(waiter.Turn);
                }
            }

            throw;
        }
    }

    private bool MayRun(Turn turn) =>
        _running.Count < atOnce && _running.Count(other => other.Tenant == turn.Tenant) < _mostOfTenant && (turn.User is null || !_running.Exists(turn.IsOf));

    private void Begin(Turn turn)
    {
        _running.Add(turn);
        _served[turn.Tenant] = ++_turns;
    }

    private void End(Turn turn)
    {
        if (!_running.Remove(turn))
        {
            return;
        }

        while (_waiting.Where(waiter => MayRun(waiter.Turn)).MinBy(waiter => _served.GetValueOrDefault(waiter.Turn.Tenant)) is { } next)
        {
            _waiting.Remove(next);
            Begin(next.Turn);
            next.Given.SetResult();
        }

        if (_running.Count == 0 && _waiting.Count == 0)
        {
            // Nobody is before anybody.
            _served.Clear();
        }
    }

    private sealed class Turn(FairTurns turns, TenantId tenant, UserId? user) : IDisposable
    {
        public TenantId Tenant { get; } = tenant;

        public UserId? User { get; } = user;

        public bool IsOf(Turn other) => Tenant == other.Tenant && User == other.User;

        public void Dispose()
        {
            lock (turns._gate)
            {
                turns.End(this);
            }
        }
    }

    private sealed class Waiter(Turn turn)
    {
        public Turn Turn { get; } = turn;

        public TaskCompletionSource Given { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
