using System.Collections.Concurrent;

namespace Caas.Adapters.Push;

/// <summary>Nobody gave a token.</summary>
/// <param name="permanent">It is refused; otherwise it may work later.</param>
internal sealed class TokenRefusedException(string message, bool permanent) : Exception(message)
{
    public bool IsPermanent { get; } = permanent;
}

/// <summary>
/// Tokens by whose and what they are for, each until its time. Of several who ask for one at once one makes it; nobody waits for another's. A refusal is remembered, too, so that an account that
/// does not work costs one round trip a minute and not one per push.
/// </summary>
internal sealed class TokenCache(TimeProvider clock) : IDisposable
{
    /// <summary>The most tokens of one owner: their keys may be of users' choosing.</summary>
    private const int MostOfOne = 100;

    /// <summary>So many owners come before those are looked for who have nothing any more.</summary>
    private const int ManyOwners = 1_000;

    private static readonly TimeSpan KeepRefusal = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeepFailure = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, Slot>> _owners = new(StringComparer.Ordinal);

    /// <exception cref="TokenRefusedException">Now, or a moment ago.</exception>
    public async Task<string> GetAsync(string owner, string key, Func<CancellationToken, Task<(string Token, TimeSpan Lifetime)>> make, CancellationToken cancellationToken)
    {
        var slot = SlotOf(owner, key);
        if (slot.Find(clock.GetUtcNow()) is { } known)
        {
            return known;
        }

        await slot.Making.WaitAsync(cancellationToken);
        try
        {
            return slot.Find(clock.GetUtcNow()) ?? await MakeAsync(slot, make, cancellationToken);
        }
        finally
        {
            slot.Making.Release();
        }
    }

    /// <summary>It was refused: the next one is made anew.</summary>
    public void Forget(string owner, string key)
    {
        if (_owners.TryGetValue(owner, out var slots))
        {
            slots.TryRemove(key, out _);
        }
    }

    public void Dispose()
    {
        foreach (var slot in _owners.Values.SelectMany(slots => slots.Values))
        {
            slot.Dispose();
        }
    }

    private async Task<string> MakeAsync(Slot slot, Func<CancellationToken, Task<(string Token, TimeSpan Lifetime)>> make, CancellationToken cancellationToken)
    {
        try
        {
            var (token, lifetime) = await make(cancellationToken);
            slot.Keep(new(token, null, clock.GetUtcNow() + lifetime));
            return token;
        }
        catch (TokenRefusedException exception)
        {
            slot.Keep(new(null, exception, clock.GetUtcNow() + (exception.IsPermanent ? KeepRefusal : KeepFailure)));
            throw;
        }
        catch (HttpRequestException exception)
        {
            var refused = new TokenRefusedException(exception.Message, permanent: false);
            slot.Keep(new(null, refused, clock.GetUtcNow() + KeepFailure));
            throw refused;
        }
    }

    private Slot SlotOf(string owner, string key)
    {
        if (!_owners.TryGetValue(owner, out var slots))
        {
            if (!_owners.IsEmpty && _owners.Count % ManyOwners == 0)
            {
                Prune();
            }

            slots = _owners.GetOrAdd(owner, _ => new(StringComparer.Ordinal));
        }

        if (slots.Count >= MostOfOne && !slots.ContainsKey(key))
        {
            slots.Clear();
        }

        return slots.GetOrAdd(key, _ => new());
    }

    private void Prune()
    {
        var now = clock.GetUtcNow();
        foreach (var (owner, slots) in _owners)
        {
            if (slots.Values.All(slot => slot.IsOver(now)))
            {
                _owners.TryRemove(owner, out _);
            }
        }
    }

    /// <summary>One token, or that there is none.</summary>
    private sealed class Slot : IDisposable
    {
        private volatile Answer? _answer;

        public SemaphoreSlim Making { get; } = new(1);

        /// <returns>Null: it is to be made.</returns>
        /// <exception cref="TokenRefusedException">It was refused a moment ago.</exception>
        public string? Find(DateTimeOffset now) => _answer is { } answer && answer.Until > now
            ? answer.Token ?? throw new TokenRefusedException(answer.Refusal!.Message, answer.Refusal.IsPermanent)
            : null;

        public bool IsOver(DateTimeOffset now) => Making.CurrentCount > 0 && !(_answer?.Until > now);

        public void Keep(Answer answer) => _answer = answer;

        public void Dispose() => Making.Dispose();
    }

    private sealed record Answer(string? Token, TokenRefusedException? Refusal, DateTimeOffset Until);
}
