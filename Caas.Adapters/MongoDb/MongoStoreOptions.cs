using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.MongoDb;

/// <summary>How the MongoDB stores wait and remember. The connection itself is set by the connection string <c>caasdb</c>.</summary>
public sealed class MongoStoreOptions
{
    public const string Section = "Caas:MongoDb";

    /// <summary>The longest that one call to the driver may take, finding a primary included; then the call is <c>unavailable</c>. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")] public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the server may wait for a majority (<c>wtimeout</c>) or read (<c>maxTimeMS</c>) before it says that it could not. Default 5 s; keep it below <see cref="OperationTimeout"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")] public TimeSpan ServerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an entry may go on losing the race for the next place of its log. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")] public TimeSpan RaceTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many logs' tails are remembered, least recently used ones forgotten first. Default 100,000, about 20 MB.</summary>
    [Range(1, 10_000_000)] public int RememberedTails { get; init; } = 100_000;

    /// <summary>How long a host waits at start for a primary, to create the indexes. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")] public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

[OptionsValidator]
internal sealed partial class MongoStoreOptionsValidator : IValidateOptions<MongoStoreOptions>;
