using Caas.Core.Push;

namespace Caas.Tests.Push;

internal static class WaitingPushes
{
    /// <summary>What is due, calls and all else.</summary>
    public static async Task<IReadOnlyList<PushJob>> ListDueAsync(this IPushStore store, DateTimeOffset at, int limit, CancellationToken cancellationToken) =>
        [.. (await store.ListDueAsync(at, calls: true, [], limit, cancellationToken)).Concat(await store.ListDueAsync(at, calls: false, [], limit, cancellationToken)).OrderBy(job => job.DueAt).Take(limit)];
}
