using Caas.Core.Entries;
using Caas.Core.Push;

namespace Caas.Tests.Notifications;

/// <summary>Breaks at one of the calls that add, after what it was to do: the store did it, and nobody heard.</summary>
internal sealed class BreakingPushes : IPushStore
{
    private IPushStore _inner = null!;

    public int BreakAt { get; set; }

    public int Calls { get; set; }

    public IPushStore Around(IPushStore inner)
    {
        _inner = inner;
        return this;
    }

    public async Task AddAsync(IReadOnlyList<PushJob> jobs, CancellationToken cancellationToken)
    {
        await _inner.AddAsync(jobs, cancellationToken);
        if (++Calls == BreakAt)
        {
            throw new StoreUnavailableException("It died here.");
        }
    }

    public Task<IReadOnlyList<PushJob>> ListDueAsync(DateTimeOffset at, bool calls, IReadOnlyCollection<string> without, int limit, CancellationToken cancellationToken) => _inner.ListDueAsync(at, calls, without, limit, cancellationToken);

    public Task FinishAsync(IReadOnlyList<PushJob> jobs, DateTimeOffset at, CancellationToken cancellationToken) => _inner.FinishAsync(jobs, at, cancellationToken);

    public Task FinishUpToAsync(PushJob job, DateTimeOffset at, CancellationToken cancellationToken) => _inner.FinishUpToAsync(job, at, cancellationToken);

    public Task RetryAsync(PushJob job, CancellationToken cancellationToken) => _inner.RetryAsync(job, cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellationToken) => _inner.PruneAsync(finishedBefore, limit, cancellationToken);
}
