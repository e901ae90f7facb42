using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Push;

namespace Caas.Tests.Push;

/// <summary>Keeps what it is to send; and stands before the store, to break where it is told what was sent.</summary>
internal sealed class RecordingProvider : IPushProvider, IPushStore
{
    private readonly ConcurrentQueue<Caas.Core.Push.Push> _sent = new();
    private readonly ConcurrentDictionary<DeviceAddress, int> _now = new();
    private IPushStore _inner = null!;
    private int _finished;

    public IReadOnlyList<Caas.Core.Push.Push> Sent => [.. _sent];

    public Func<Caas.Core.Push.Push, PushResult> Result { get; set; } = _ => PushResult.Sent;

    /// <summary>What happens meanwhile.</summary>
    public Func<Task> During { get; set; } = () => Task.CompletedTask;

    public int BreakFinishAt { get; set; }

    public int MostAtOnceOfADevice { get; private set; }

    public DevicePlatform Platform => DevicePlatform.Apns;

    public RecordingProvider Around(IPushStore inner)
    {
        _inner = inner;
        return this;
    }

    public async Task<PushResult> SendAsync(Caas.Core.Push.Push push, PushAccounts accounts, CancellationToken cancellationToken)
    {
        MostAtOnceOfADevice = Math.Max(MostAtOnceOfADevice, _now.AddOrUpdate(push.Address, 1, (_, count) => count + 1));
        await Task.Yield();
        await During();
        _sent.Enqueue(push);
        _now.AddOrUpdate(push.Address, 0, (_, count) => count - 1);
        return Result(push);
    }

    public Task AddAsync(IReadOnlyList<PushJob> jobs, CancellationToken cancellationToken) => _inner.AddAsync(jobs, cancellationToken);

    public Task<IReadOnlyList<PushJob>> ListDueAsync(DateTimeOffset at, bool calls, IReadOnlyCollection<string> without, int limit, CancellationToken cancellationToken) => _inner.ListDueAsync(at, calls, without, limit, cancellationToken);

    public Task FinishAsync(IReadOnlyList<PushJob> jobs, DateTimeOffset at, CancellationToken cancellationToken) =>
        ++_finished == BreakFinishAt ? throw new StoreUnavailableException("It died before it could say so.") : _inner.FinishAsync(jobs, at, cancellationToken);

    public Task FinishUpToAsync(PushJob job, DateTimeOffset at, CancellationToken cancellationToken) =>
        ++_finished == BreakFinishAt ? throw new StoreUnavailableException("It died before it could say so.") : _inner.FinishUpToAsync(job, at, cancellationToken);

    public Task RetryAsync(PushJob job, CancellationToken cancellationToken) => _inner.RetryAsync(job, cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellationToken) => _inner.PruneAsync(finishedBefore, limit, cancellationToken);
}
