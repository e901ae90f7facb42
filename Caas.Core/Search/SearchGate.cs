using Microsoft.Extensions.Options;

namespace Caas.Core.Search;

/// <summary>Lets so many searches run at once and measures them: a search may cost far more than any other read, and must not take all there is.</summary>
public sealed class SearchGate(IOptions<SearchOptions> options, SearchMetrics metrics, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Value.AtOnce);

    /// <exception cref="RefusedException"><c>validation_failed</c>, naming <c>q</c>, when the search is too broad; what <paramref name="search"/> refuses.</exception>
    internal async Task<Contracts.Page<T>> RunAsync<T>(Func<CancellationToken, Task<Contracts.Page<T>>> search, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        var start = clock.GetTimestamp();
        try
        {
            var page = await search(cancellationToken);
            metrics.Searched(clock.GetElapsedTime(start), page.Items.Count > 0 ? "found" : "none");
            return page;
        }
        catch (SearchTooBroadException)
        {
            metrics.Searched(clock.GetElapsedTime(start), "too_broad");
            throw Refusal.ValidationFailed.With("q", "is too broad: add a word, or say in which conversation");
        }
        finally
        {
            _free.Release();
        }
    }

    internal void LookedAt(int candidates) => metrics.LookedAt(candidates);

    public void Dispose() => _free.Dispose();
}
