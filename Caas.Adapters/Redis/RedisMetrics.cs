using System.Diagnostics.Metrics;

namespace Caas.Adapters.Redis;

/// <summary>What goes over Redis, and what could not.</summary>
internal sealed class RedisMetrics
{
    public const string MeterName = "Caas.Redis";

    private readonly Counter<long> _published;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _received;
    private readonly Counter<long> _reconnects;
    private readonly Counter<long> _localRateLimits;

    public RedisMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        _published = meter.CreateCounter<long>("caas.redis.published", "{payload}", "Payloads handed to Redis.");
        _dropped = meter.CreateCounter<long>("caas.redis.dropped", "{payload}", "Payloads not handed on, because Redis was gone or did not keep up.");
        _received = meter.CreateCounter<long>("caas.redis.received", "{payload}", "Payloads received from subscribed channels.");
        _reconnects = meter.CreateCounter<long>("caas.redis.reconnects", "{reconnect}", "How often all subscriptions stood again after a loss.");
        _localRateLimits = meter.CreateCounter<long>("caas.redis.rate_limits.local", "{call}", "Calls counted in this process alone, because Redis was gone or slow.");
    }

    public void Published() => _published.Add(1);

    public void Dropped() => _dropped.Add(1);

    public void Received() => _received.Add(1);

    public void Reconnected() => _reconnects.Add(1);

    public void CountedLocally() => _localRateLimits.Add(1);
}
