using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Caas.ServiceDefaults;

/// <summary>
/// A span per Redis command of a traced request, from the driver's own profiler: the instrumentation package is not on every feed.
/// Registered only where traces are sent somewhere.
/// </summary>
internal sealed class RedisTraces(IConnectionMultiplexer redis, TimeProvider time) : BackgroundService
{
    private static readonly ActivitySource Source = new("Caas.Redis.Client");
    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long after its first command a request's later ones are still looked for.</summary>
    private static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<ActivityContext, (ProfilingSession Session, long Since)> _sessions = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        redis.RegisterProfiler(Session);
        try
        {
            using var timer = new PeriodicTimer(FlushEvery, time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Flush();
            }
        }
        catch (OperationCanceledException)
        {
            Flush();
        }
    }

    private ProfilingSession? Session() =>
        Activity.Current is { Recorded: true } request
            ? _sessions.GetOrAdd(request.Context, static (_, now) => (new ProfilingSession(), now), time.GetTimestamp()).Session
            : null;

    private void Flush()
    {
        foreach (var (request, (session, since)) in _sessions)
        {
            foreach (var command in session.FinishProfiling())
            {
                var start = new DateTimeOffset(command.CommandCreated, TimeSpan.Zero);
                using var span = Source.CreateActivity(command.Command, ActivityKind.Client, request)?.SetStartTime(start.UtcDateTime).Start();
                span?.SetTag("db.system.name", "redis")
                    .SetTag("db.operation.name", command.Command)
                    .SetTag("server.address", command.EndPoint?.ToString())
                    .SetEndTime(start.UtcDateTime + command.ElapsedTime);
            }

            if (time.GetElapsedTime(since) > KeepFor)
            {
                _sessions.TryRemove(request, out _);
            }
        }
    }
}
