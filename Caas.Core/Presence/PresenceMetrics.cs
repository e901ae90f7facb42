using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Caas.Contracts;

namespace Caas.Core.Presence;

/// <summary>What presence counts, meter <c>Caas.Presence</c>. Figures per tenant are the whole platform's, told alike by each replica with users of the tenant, for at most 50 tenants each: take the largest, not the sum.</summary>
public sealed class PresenceMetrics
{
    /// <summary>So many tenants have figures of their own.</summary>
    public const int MostTenants = 50;

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [1, 10, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400] };

    private readonly ConcurrentDictionary<TenantId, PresenceSummary> _tenants = new();
    private readonly Counter<long> _changes;
    private readonly Counter<long> _rewritten;
    private readonly Counter<long> _published;
    private readonly Counter<long> _unpublished;
    private readonly Histogram<double> _sessions;

    public PresenceMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Presence");
        _changes = meter.CreateCounter<long>("caas.presence.changes", "{change}", "Users who are there in another way than before, by what they are now.");
        _rewritten = meter.CreateCounter<long>("caas.presence.rewrites", "{rewrite}", "How often this replica wrote all its devices again, because its lease was gone.");
        _published = meter.CreateCounter<long>("caas.presence.published", "{event}", "Events that the topic of presence acknowledged.");
        _unpublished = meter.CreateCounter<long>("caas.presence.unpublished", "{event}", "Changes that were let go, because too many users' waited to be published.");
        _sessions = meter.CreateHistogram("caas.presence.session.duration", "s", "How long users were there, from the first device to the last.", advice: Seconds);
        meter.CreateObservableGauge("caas.presence.users", Users, "{user}", "Users who are there now, by tenant and status: the platform's, as this replica knows it.");
        meter.CreateObservableGauge("caas.presence.peak", Peaks, "{user}", "The most users who were there at once since midnight, UTC, by tenant.");
    }

    internal void Changed(PresenceChange change)
    {
        _changes.Add(1, new KeyValuePair<string, object?>("status", NameOf(change.Record.Status)));
        if (change.Session is { } session)
        {
            _sessions.Record(session.TotalSeconds);
        }
    }

    public void Rewritten() => _rewritten.Add(1);

    internal void Published(int events) => _published.Add(events);

    internal void NotPublished() => _unpublished.Add(1);

    /// <summary>The figures to be told from now on.</summary>
    public void Replace(IReadOnlyDictionary<TenantId, PresenceSummary> figures)
    {
        foreach (var tenant in _tenants.Keys.Where(tenant => !figures.ContainsKey(tenant)))
        {
            _tenants.TryRemove(tenant, out _);
        }

        foreach (var (tenant, summary) in figures.Take(MostTenants))
        {
            _tenants[tenant] = summary;
        }
    }

    private IEnumerable<Measurement<long>> Users() => _tenants.SelectMany(figures => new[]
    {
        Of(figures.Key, figures.Value.Online, PresenceStatus.Online),
        Of(figures.Key, figures.Value.Away, PresenceStatus.Away),
        Of(figures.Key, figures.Value.Busy, PresenceStatus.Busy),
        Of(figures.Key, figures.Value.Invisible, PresenceStatus.Invisible),
    });

    private IEnumerable<Measurement<long>> Peaks() => _tenants.Select(figures => new Measurement<long>(figures.Value.PeakToday, new KeyValuePair<string, object?>("tenant", figures.Key.Value)));

    private static Measurement<long> Of(TenantId tenant, long users, PresenceStatus status) =>
        new(users, new KeyValuePair<string, object?>("tenant", tenant.Value), new KeyValuePair<string, object?>("status", NameOf(status)));

    private static string NameOf(PresenceStatus status) => status.ToString().ToLowerInvariant();
}
