namespace Caas.Core.RateLimits;

/// <summary>Token buckets that all processes know of: each tells what it has let pass and learns what is left.</summary>
public interface ISharedBuckets
{
    /// <summary>Takes <paramref name="spent"/> from the bucket, which fills with <paramref name="perSecond"/> up to <paramref name="burst"/>.</summary>
    /// <param name="bucket">Starts with the tenant, such as <c>acme/user:alice/Message</c>.</param>
    /// <returns>What is left: below 0 (no lower than minus <paramref name="burst"/>) where processes together let more pass than there was. Null: nobody keeps it for now; it never fails a call.</returns>
    Task<double?> SpendAsync(string bucket, int spent, double perSecond, int burst, CancellationToken cancellationToken);
}

/// <summary>One process alone: there is nobody to share with.</summary>
public sealed class NoSharedBuckets : ISharedBuckets
{
    public Task<double?> SpendAsync(string bucket, int spent, double perSecond, int burst, CancellationToken cancellationToken) => Task.FromResult<double?>(null);
}
