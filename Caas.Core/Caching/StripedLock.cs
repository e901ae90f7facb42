namespace Caas.Core.Caching;

/// <summary>One at a time per key, in this process; keys that share a stripe wait for each other, too.</summary>
internal sealed class StripedLock<TKey>
    where TKey : notnull
{
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    public async Task<TResult> RunAsync<TResult>(TKey key, Func<Task<TResult>> work, CancellationToken cancellationToken)
    {
        var stripe = _stripes[(uint)key.GetHashCode() % _stripes.Length];
        await stripe.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            stripe.Release();
        }
    }
}
