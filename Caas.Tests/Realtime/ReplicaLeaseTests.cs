using System.Collections.Concurrent;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Realtime;
using Caas.Realtime.Connections;
using Caas.Realtime.Replicas;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
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
        using var lease = new ReplicaLease(
            directory, new LocalConnections(new RealtimeMetrics(meters)), new DrainState(), new NoServer(), new IdGenerator(clock), Options.Create(new RealtimeOptions { PublicUrl = "http://here" }), new Started(), clock, NullLogger<ReplicaLease>.Instance);
        await lease.StartAsync(Cancelled);
        await directory.Asked.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        await lease.StopAsync(Cancelled);

        // Not there, then there without keeping it, then kept twice.
        Assert.Equal([0.1, 0.1, 2, 2], clock.Waits.Select(wait => wait.TotalSeconds));
        Assert.All(directory.Announced, announced => Assert.Equal((lease.ReplicaId, "http://here", TimeSpan.FromSeconds(8)), announced));
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
