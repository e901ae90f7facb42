using System.Globalization;
using System.Runtime.CompilerServices;
using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>The tenant's history in one order; for the backend, with the scope <c>events:read</c>.</summary>
public sealed class EventsApi
{
    /// <summary>Of an attempt's usual 30 s.</summary>
    private const int FollowWaitSeconds = 20;
    private const int FollowPage = 500;

    private readonly RestCaller _caller;

    internal EventsApi(RestCaller caller) => _caller = caller;

    /// <summary>A page behind a position. It may have fewer items than its limit, also none; <see cref="EventPage.Next"/> goes on all the same.</summary>
    /// <param name="after"><see cref="EventPage.Next"/> of an earlier page, or the position of an event; null: from the start; <c>latest</c>: from now on.</param>
    /// <param name="types">Such as <c>message.created</c> or <c>member.*</c>; null: all.</param>
    /// <param name="limit">1 to 1,000; default 50.</param>
    /// <param name="waitSeconds">0 to 60, below <see cref="RestOptions.AttemptTimeout"/>: how long to wait at the end.</param>
    public Task<EventPage> ReadAsync(string? after = null, IReadOnlyCollection<string>? types = null, int? limit = null, int? waitSeconds = null, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<EventPage>(
            Query(
                "/v1/events",
                ("after", after),
                ("types", types is null ? null : string.Join(',', types)),
                ("limit", limit?.ToString(CultureInfo.InvariantCulture)),
                ("waitSeconds", waitSeconds?.ToString(CultureInfo.InvariantCulture))),
            cancellationToken);

    /// <summary>Everything behind a position, and then what happens, for as long as it is asked for. Keep the <see cref="EventResponse.Position"/> of what you have handled, and begin behind it.</summary>
    public async IAsyncEnumerable<EventResponse> FollowAsync(string? after = null, IReadOnlyCollection<string>? types = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var page = await ReadAsync(after, types, FollowPage, FollowWaitSeconds, cancellationToken);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            after = page.Next;
        }
    }
}
