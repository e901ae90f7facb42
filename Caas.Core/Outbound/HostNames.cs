using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Caas.Core.Outbound;

/// <summary>
/// Resolves names that others have chosen. The system's resolver holds a thread until it has an answer, whoever has given up meanwhile: so only so many names are asked for at a time, each once for
/// all who want it, and names that are slow give their places back and wait for one another from then on, not for the rest. An answer is kept for seconds. It is no judgement: whoever connects
/// judges the addresses each time, and connects to the very ones.
/// </summary>
#pragma warning disable CA1001 // Semaphores of whose handles nobody asks have nothing to give back.
internal sealed class HostNames(Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider clock)
#pragma warning restore CA1001
{
    public const int AtOnce = 64;
    public const int SlowAtOnce = 8;

    /// <summary>With those that were quick so far and are not this time.</summary>
    public const int AtOnceInAll = 256;

    private const int MostKept = 4_096;

    public static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Lazy<Task<Answer>>> _asked = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _slow = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _all = new(AtOnceInAll);
    private readonly SemaphoreSlim _quickOnes = new(AtOnce);
    private readonly SemaphoreSlim _slowOnes = new(SlowAtOnce);

    /// <exception cref="OutboundException">The name is not known.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; the name is asked for all the same.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (_asked.TryGetValue(host, out var known) && known.Value.IsCompleted && !IsFresh(await known.Value))
        {
            _asked.TryRemove(KeyValuePair.Create(host, known));
        }

        var answer = await Asked(host).Value.WaitAsync(cancellationToken);
        return answer.Addresses ?? throw new OutboundException(OutboundFault.NoAnswer, "the name is not known", answer.Failure);
    }

    private Lazy<Task<Answer>> Asked(string host)
    {
        if (_asked.Count >= MostKept)
        {
            _asked.Clear();
            _slow.Clear();
        }

        return _asked.GetOrAdd(host, name => new(() => AskAsync(name)));
    }

    private bool IsFresh(Answer answer) => answer.Addresses is not null && clock.GetUtcNow() - answer.At < KeepFor;

    private async Task<Answer> AskAsync(string host)
    {
        var isSlow = _slow.ContainsKey(host);
        using var place = await Place.TakeAsync(isSlow ? _slowOnes : _quickOnes);
        using var any = await Place.TakeAsync(_all);
        using var late = clock.CreateTimer(_ => GiveBack(), null, SlowAfter, Timeout.InfiniteTimeSpan);
        var began = clock.GetTimestamp();
        try
        {
            var found = await resolve(host, CancellationToken.None);
            if (isSlow && clock.GetElapsedTime(began) < SlowAfter)
            {
                _slow.TryRemove(host, out var _);
            }

            return new(found, null, clock.GetUtcNow());
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return new(null, exception, clock.GetUtcNow());
        }

        void GiveBack()
        {
            if (!isSlow)
            {
                _slow[host] = true;
                place.Dispose();
            }
        }
    }

    private sealed record Answer(IPAddress[]? Addresses, Exception? Failure, DateTimeOffset At);

    /// <summary>Safe to give back twice.</summary>
    private sealed class Place : IDisposable
    {
        private SemaphoreSlim? _of;

        public static async Task<Place> TakeAsync(SemaphoreSlim places)
        {
            await places.WaitAsync();
            return new() { _of = places };
        }

        public void Dispose() => Interlocked.Exchange(ref _of, null)?.Release();
    }
}
