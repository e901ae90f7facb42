using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Presence;

/// <summary>How soon presence follows what is so.</summary>
public sealed class PresenceOptions : IValidatableObject
{
    public const string Section = "Caas:Presence";

    /// <summary>How long a connection that was lost still counts, for its client to come back: 0 to 5 min. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")] public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a replica renews its lease and looks for others that did not: 50 ms to 1 min. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")] public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a replica that does not renew its lease counts as living, and its devices with it: at least three periods, 200 ms to 5 min. Default 12 s: a period, and the time for clients to come back.</summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:05:00")] public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>How many users one connection may follow: 1 to 100,000. Default 2,000.</summary>
    [Range(1, 100_000)] public int MostFollowed { get; init; } = 2_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Lease < Period * 3)
        {
            yield return new($"{nameof(Lease)} must be at least three times {nameof(Period)}.", [nameof(Lease)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class PresenceOptionsValidator : IValidateOptions<PresenceOptions>;
