using System.Collections.Concurrent;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Realtime;
using Caas.Realtime.Connections;
using Caas.Realtime.Replicas;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Realtime;

public sealed class ReplicaLeaseTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replica_whose_lease_does_not_stand_yet_tries_again_after_a_tenth_of_a_second_and_one_whose_does_after_two_seconds()
    {
        using var meters = new TestMeters();
        var (directory, clock) = (new ShyDirectory(), new HurriedClock());
        using var lease = Lease(directory, new(), meters, clock);
        await lease.StartAsync(Cancelled);
        await directory.Asked.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        await lease.StopAsync(Cancelled);

        // Not there, then there without keeping it, then kept twice.
        Assert.Equal([0.1, 0.1, 2, 2], clock.Waits.Select(wait => wait.TotalSeconds));
        Assert.All(directory.Announced, announced => Assert.Equal((lease.ReplicaId, "http://here", TimeSpan.FromSeconds(8)), announced));
    }

    [Fact]
    public async Task Until_its_first_lease_is_written_a_replica_is_not_ready_but_a_Redis_that_is_gone_does_not_keep_it_so()
    {
        using var meters = new TestMeters();
        var (directory, drain, clock) = (new LateDirectory(), new DrainState(), new FakeTimeProvider());
        using var lease = Lease(directory, drain, meters, clock);
        var health = new ReplicaHealthCheck(lease, drain);
        await lease.StartAsync(Cancelled);
        Assert.Equal(HealthStatus.Unhealthy, await AskAsync());
        clock.Advance(ReplicaHealthCheck.Patience);
        Assert.Equal(HealthStatus.Degraded, await AskAsync());
        directory.IsThere = true;
        await Eventually.HoldsAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return await AskAsync() is var status and not HealthStatus.Healthy ? $"it is {status}" : null;
            },
            Cancelled);

        // What fails later is told by the check of Redis: it has its clients and goes on.
        directory.IsThere = false;
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HealthStatus.Healthy, await AskAsync());
        drain.Begin();
        Assert.Equal(HealthStatus.Unhealthy, await AskAsync());
        await lease.StopAsync(Cancelled);

        async Task<HealthStatus> AskAsync() => (await health.CheckHealthAsync(new(), Cancelled)).Status;
    }

    private static ReplicaLease Lease(IReplicaDirectory directory, DrainState drain, TestMeters meters, TimeProvider clock) => new(
        directory, new LocalConnections(new RealtimeMetrics(meters)), drain, new NoServer(), new IdGenerator(clock), Options.Create(new RealtimeOptions { PublicUrl = "http://here" }), new Started(), clock, NullLogger<ReplicaLease>.Instance);

    /// <summary>Keeps nothing until it is there.</summary>
    private sealed class LateDirectory : IReplicaDirectory
    {
        private volatile bool _isThere;

        public bool IsThere
        {
            get => _isThere;
            set => _isThere = value;
        }

        public Task<bool> AnnounceAsync(Replica replica, TimeSpan lease, CancellationToken cancellationToken) => Task.FromResult(IsThere);

        public Task WithdrawAsync(string replicaId, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IReadOnlyList<Replica>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Replica>>([]);
    }

    /// <summary>Away at the first call, keeps nothing at the second, and answers four.</summary>
    private sealed class ShyDirectory : IReplicaDirectory
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public ConcurrentQueue<(string Id, string Url, TimeSpan Lease)> Announced { get; } = new();

        public async Task<bool> AnnounceAsync(Replica replica, TimeSpan lease, CancellationToken cancellationToken)
        {
            Announced.Enqueue((replica.Id, replica.PublicUrl, lease));
            switch (Announced.Count)
            {
                case 1:
                    throw new StoreUnavailableException("Redis is not there yet");
                case 5:
                    _asked.SetResult();
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    break;
            }

            return Announced.Count > 2;
        }

        public Task WithdrawAsync(string replicaId, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IReadOnlyList<Replica>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Replica>>([]);
    }

    /// <summary>Notes how long somebody wants to wait, and lets nobody wait.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Waits { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Enqueue(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    private sealed class Started : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted { get; } = new(canceled: true);

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }

    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
