using Caas.Core.Callers;
using Caas.Core.Fairness;
using Microsoft.Extensions.Options;

namespace Caas.Core.Search;

/// <summary>Lets so many searches run at once and measures them: a search may cost far more than any other read, and must not take all there is; nor must one user or tenant.</summary>
public sealed class SearchGate(IOptions<SearchOptions> options, SearchMetrics metrics, TimeProvider clock)
{
    private const int Most = 1_000;
    private const int MostOfUser = 10;

    private readonly FairTurns _turns = new(options.Value.AtOnce, Most, MostOfUser);

    /// <exception cref="RefusedException"><c>validation_failed</c>, naming <c>q</c>, when the search is too broad; <c>rate_limited</c> when too many wait; what <paramref name="search"/> refuses.</exception>
    internal async Task<Contracts.Page<T>> RunAsync<T>(Caller caller, Func<CancellationToken, Task<Contracts.Page<T>>> search, CancellationToken cancellationToken)
    {
        using var turn = await _turns.EnterAsync(caller.Tenant, caller.User, cancellationToken);
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
    }

    internal void LookedAt(int candidates) => metrics.LookedAt(candidates);
}
