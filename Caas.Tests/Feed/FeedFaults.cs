using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Caas.Tests.Feed;

internal static class FeedFaults
{
    /// <summary>Puts something around a registered service.</summary>
    public static IServiceCollection Decorate<T>(this IServiceCollection services, Func<T, T> around)
        where T : class
    {
        var inner = services.Last(service => service.ServiceType == typeof(T));
        return services.Replace(ServiceDescriptor.Singleton(provider => around((T)(inner.ImplementationInstance
            ?? inner.ImplementationFactory?.Invoke(provider)
            ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!)))));
    }
}

/// <summary>A place where somebody is held until told to go on.</summary>
internal sealed class Stall
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public void GoOn() => _goOn.TrySetResult();

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        return _goOn.Task.WaitAsync(cancellationToken);
    }
}

/// <summary>Stalls before each append: a process that is paused at the worst time.</summary>
internal sealed class StallingFeedStore(IFeedStore inner, Stall stall) : IFeedStore
{
    public async Task AppendAsync(IReadOnlyList<EntryHeader> headers, long epoch, CancellationToken cancellationToken)
    {
        await stall.WaitAsync(cancellationToken);
        await inner.AppendAsync(headers, epoch, cancellationToken);
    }

    public Task<IReadOnlyList<FeedItem>> ReadAsync(TenantId tenant, long after, int limit, CancellationToken cancellationToken) => inner.ReadAsync(tenant, after, limit, cancellationToken);

    public Task<long> ReadHeadAsync(TenantId tenant, CancellationToken cancellationToken) => inner.ReadHeadAsync(tenant, cancellationToken);

    public Task<IReadOnlyList<long>> ReadHeadsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) => inner.ReadHeadsAsync(tenants, cancellationToken);

    public Task<IReadOnlyList<long>> ReadLastSeqsAsync(IReadOnlyList<LogId> logs, CancellationToken cancellationToken) => inner.ReadLastSeqsAsync(logs, cancellationToken);

    public Task<IReadOnlyList<FeedLag>> ReadBehindAsync(string consumer, TenantId? after, int limit, CancellationToken cancellationToken) => inner.ReadBehindAsync(consumer, after, limit, cancellationToken);

    public Task<long> ReadPositionAsync(string consumer, TenantId tenant, CancellationToken cancellationToken) => inner.ReadPositionAsync(consumer, tenant, cancellationToken);

    public Task SavePositionAsync(string consumer, TenantId tenant, long position, long epoch, CancellationToken cancellationToken) => inner.SavePositionAsync(consumer, tenant, position, epoch, cancellationToken);

    public Task<SavedSourcePosition?> ReadSourcePositionAsync(string consumer, CancellationToken cancellationToken) => inner.ReadSourcePositionAsync(consumer, cancellationToken);

    public Task SaveSourcePositionAsync(string consumer, SourcePosition position, DateTimeOffset at, long epoch, CancellationToken cancellationToken) => inner.SaveSourcePositionAsync(consumer, position, at, epoch, cancellationToken);
}

/// <summary>Leases that are got once and never renewed, as by a process that is paused.</summary>
internal sealed class UnrenewedLeases(ILeaseStore inner) : ILeaseStore
{
    private int _asked;

    public Task<long?> AcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellationToken) =>
        Interlocked.Increment(ref _asked) == 1 ? inner.AcquireAsync(name, holder, duration, cancellationToken) : throw new StoreUnavailableException("paused");

    public Task ReleaseAsync(string name, string holder, CancellationToken cancellationToken) => throw new StoreUnavailableException("paused");
}

/// <summary>A source that loses all but each log's newest entry of a batch, gives some again, and shuffles: worse than any rescan by time.</summary>
internal sealed class UntidySource(IEntrySource inner) : IEntrySource
{
    public async Task<IEntryCursor> OpenAsync(SourcePosition? after, CancellationToken cancellationToken) => new Cursor(await inner.OpenAsync(after, cancellationToken));

    public async Task<IEntryCursor> OpenAtTimeAsync(DateTimeOffset from, CancellationToken cancellationToken) => new Cursor(await inner.OpenAtTimeAsync(from, cancellationToken));

    private sealed class Cursor(IEntryCursor inner) : IEntryCursor
    {
        private readonly Random _random = new(7);

        public async Task<SourceBatch> NextAsync(int limit, TimeSpan wait, CancellationToken cancellationToken)
        {
            var batch = await inner.NextAsync(limit, wait, cancellationToken);
            var newest = batch.Entries.GroupBy(entry => entry.Log).Select(log => log.Last()).ToHashSet();
            var untidy = batch.Entries.Where(entry => newest.Contains(entry) || _random.Next(3) == 0).Concat(batch.Entries.Where(_ => _random.Next(4) == 0)).ToArray();
            _random.Shuffle(untidy);
            return batch with { Entries = untidy };
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
