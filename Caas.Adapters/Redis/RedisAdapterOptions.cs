using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Redis;

/// <summary>How patient we are with Redis.</summary>
public sealed class RedisAdapterOptions
{
    public const string Section = "Caas:Redis";

    /// <summary>The most that a call waits for its count before it is counted in this process: 10 ms to 1 min. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan RateLimitPatience { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long Redis is not asked for counts after it did not answer: 0 to 1 min. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RateLimitRest { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The most that presence, and the question who types, waits for Redis: 10 ms to 1 min. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan PresencePatience { get; set; } = TimeSpan.FromSeconds(3);
}

[OptionsValidator]
internal sealed partial class RedisAdapterOptionsValidator : IValidateOptions<RedisAdapterOptions>;
