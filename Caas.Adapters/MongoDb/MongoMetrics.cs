using System.Diagnostics.Metrics;

namespace Caas.Adapters.MongoDb;

/// <summary>What the MongoDB stores count: meter <c>Caas.MongoDb</c>.</summary>
internal sealed class MongoMetrics
{
    public const string MeterName = "Caas.MongoDb";
    private readonly Counter<long> _races;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _unknown;
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _insert;

    public MongoMetrics(IMeterFactory? factory = null)
    {
        var meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _races = meter.CreateCounter<long>("caas.mongodb.append.lost_races", "{race}", "Inserts refused because another replica had taken the place in the log.");
        _duplicates = meter.CreateCounter<long>("caas.mongodb.append.duplicates", "{entry}", "Entries whose client id was stored before.");
        _unknown = meter.CreateCounter<long>("caas.mongodb.append.unknown", "{entry}", "Entries whose outcome was lost: to be appended again.");
        _batch = meter.CreateHistogram<int>("caas.mongodb.append.batch", "{entry}", "Entries in one insert.");
        _insert = meter.CreateHistogram<double>("caas.mongodb.append.duration", "s", "Time of one insert, acknowledged by a majority.");
    }

    public void LostRace() => _races.Add(1);

    public void Duplicate() => _duplicates.Add(1);

    public void Unknown(int entries) => _unknown.Add(entries);

    public void Inserted(int entries, TimeSpan duration)
    {
        _batch.Record(entries);
        _insert.Record(duration.TotalSeconds);
    }
}
