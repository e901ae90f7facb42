using System.Diagnostics;

namespace Caas.Tests;

/// <summary>Waits for what must become true and nobody announces, and tells the state when it does not: the one place of the tests that polls.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <param name="holds">Asked again and again until it gives null; otherwise it says what is still missing.</param>
    public static async Task HoldsAsync(Func<Task<string?>> holds, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (await holds() is { } missing)
        {
            if (Stopwatch.GetElapsedTime(start) > Bound)
            {
                throw new TimeoutException($"After {Bound.TotalSeconds} s still: {missing}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(15), cancellationToken);
        }
    }

    public static Task HoldsAsync(Func<bool> holds, string what, CancellationToken cancellationToken) =>
        HoldsAsync(() => Task.FromResult(holds() ? null : what), cancellationToken);
}
