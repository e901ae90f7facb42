using System.Collections.Concurrent;

namespace Caas.Adapters.Push;

/// <summary>Tokens by what they are for, each until its time. Of several who ask at once one makes it.</summary>
internal sealed class TokenCache(TimeProvider clock) : IDisposable
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Until)> _tokens = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _making = new(1);

    public async Task<string> GetAsync(string key, Func<CancellationToken, Task<(string Token, TimeSpan Lifetime)>> make, CancellationToken cancellationToken)
    {
        if (Find(key) is { } known)
        {
            return known;
        }

        await _making.WaitAsync(cancellationToken);
        try
        {
            if (Find(key) is { } made)
            {
                return made;
            }

            if (_tokens.Count >= Most)
            {
                _tokens.Clear();
            }

            var (token, lifetime) = await make(cancellationToken);
            _tokens[key] = (token, clock.GetUtcNow() + lifetime);
            return token;
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>It was refused: the next one is made anew.</summary>
    public void Forget(string key) => _tokens.TryRemove(key, out _);

    public void Dispose() => _making.Dispose();

    private string? Find(string key) => _tokens.TryGetValue(key, out var known) && known.Until > clock.GetUtcNow() ? known.Token : null;
}
