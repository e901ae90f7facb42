using System.Security.Cryptography;
using System.Text;
using Caas.Core.Entries;
using Caas.Core.Secrets;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Caas.Core.Tokens;

/// <summary>
/// The platform's ES256 key pairs in memory. Read again after 60 s, and when a token names an unknown one (at most every 3 s). The first pair is made here;
/// of several processes that try at once one wins, by the store's unique number. When the store is gone, what was read stays.
/// </summary>
public sealed partial class SigningKeyRing(ISigningKeyStore store, KeySealer sealer, TimeProvider clock, ILogger<SigningKeyRing> logger) : IDisposable
{
    /// <summary>How long a process may go on signing with a key that another one has replaced.</summary>
    internal static readonly TimeSpan Refresh = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan RefreshForUnknown = TimeSpan.FromSeconds(3);
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile SigningKeySet? _current;
    private long _triedAt;

    /// <summary>The keys as known; the first call reads them, or makes the first one.</summary>
    /// <exception cref="StoreUnavailableException">They were never read, and the store cannot be asked.</exception>
    /// <exception cref="InvalidOperationException">They cannot be unsealed; the message says why.</exception>
    public async ValueTask<SigningKeySet> CurrentAsync(CancellationToken cancellationToken) =>
        _current is { } current && SinceTried() < Refresh ? current : await ReadAsync(Refresh, cancellationToken);

    /// <summary>The key that a token names, unless there is none or it has ended.</summary>
    public async ValueTask<SigningKeyPair?> FindAsync(string kid, CancellationToken cancellationToken)
    {
        var keys = await CurrentAsync(cancellationToken);
        if (!keys.ByKid.ContainsKey(kid) && SinceTried() >= RefreshForUnknown)
        {
            keys = await ReadAsync(RefreshForUnknown, cancellationToken);
        }

        return keys.ByKid.GetValueOrDefault(kid) is { } pair && pair.Verifies(clock.GetUtcNow()) ? pair : null;
    }

    /// <summary>Adds a new pair with the next number, and reads again.</summary>
    internal async Task<SigningKeySet> AddAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var keys = await ReadAsync(TimeSpan.Zero, cancellationToken);
            if (await TryAddAsync(keys.Signing.Number + 1, cancellationToken))
            {
                return await ReadAsync(TimeSpan.Zero, cancellationToken);
            }
        }
    }

    public void Dispose() => _reading.Dispose();

    private TimeSpan SinceTried() => clock.GetElapsedTime(Volatile.Read(ref _triedAt));

    private async Task<SigningKeySet> ReadAsync(TimeSpan unlessYounger, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_current is { } current && SinceTried() < unlessYounger)
            {
                return current;
            }

            Volatile.Write(ref _triedAt, clock.GetTimestamp());
            return _current = await ReadStoreAsync(cancellationToken);
        }
        catch (StoreUnavailableException exception) when (_current is { } known && unlessYounger > TimeSpan.Zero)
        {
            LogKept(exception);
            return known;
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<SigningKeySet> ReadStoreAsync(CancellationToken cancellationToken)
    {
        var stored = await store.ListAsync(cancellationToken);
        while (stored.Count == 0)
        {
            await TryAddAsync(1, cancellationToken);
            stored = await store.ListAsync(cancellationToken);
        }

        return new([.. stored.OrderBy(key => key.Number).Select(Known)]);
    }

    private SigningKeyPair Known(SigningKey stored) =>
        _current?.ByKid.GetValueOrDefault(stored.Kid) is { } known
            ? known with { VerifyUntil = stored.VerifyUntil }
            : SigningKeyPair.Import(stored, sealer.Unseal(stored.Sealed, Purpose(stored.Kid)));

    private async Task<bool> TryAddAsync(long number, CancellationToken cancellationToken)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var kid = Base64UrlEncoder.Encode(new ECDsaSecurityKey(pair).ComputeJwkThumbprint());
        var added = await store.AddAsync(new(kid, number, sealer.Seal(pair.ExportPkcs8PrivateKey(), Purpose(kid)), clock.GetUtcNow(), null), cancellationToken);
        if (added)
        {
            LogMade(kid, number);
        }

        return added;
    }

    private static string Purpose(string kid) => $"signing-key/{kid}";

    [LoggerMessage(4101, LogLevel.Information, "Made signing key {Kid}, number {Number}.")]
    private partial void LogMade(string kid, long number);

    [LoggerMessage(4102, LogLevel.Warning, "The signing keys could not be read again; those known stay in use.")]
    private partial void LogKept(Exception exception);
}

/// <summary>All key pairs at one reading, oldest first; never empty.</summary>
public sealed class SigningKeySet
{
    internal SigningKeySet(IReadOnlyList<SigningKeyPair> pairs)
    {
        Pairs = pairs;
        ByKid = pairs.ToDictionary(pair => pair.Kid, StringComparer.Ordinal);
        Root = new(pairs[0].PrivateKey, "caas/root");
    }

    public IReadOnlyList<SigningKeyPair> Pairs { get; }

    /// <summary>The one that signs.</summary>
    public SigningKeyPair Signing => Pairs[^1];

    internal IReadOnlyDictionary<string, SigningKeyPair> ByKid { get; }

    internal SealingKey Root { get; }

    /// <summary>A key of 256 bits for one use, derived (HKDF-SHA-256) from the first pair, which stays whatever is rotated.</summary>
    internal byte[] DeriveKey(string use) => HKDF.DeriveKey(HashAlgorithmName.SHA256, Pairs[0].PrivateKey, 32, info: Encoding.UTF8.GetBytes(use));
}

/// <summary>One ES256 key pair.</summary>
public sealed record SigningKeyPair
{
    private SigningKeyPair(string kid, long number, byte[] privateKey, ECDsaSecurityKey key) => (Kid, Number, PrivateKey, Key) = (kid, number, privateKey, key);

    /// <summary>Its JWK thumbprint (RFC 7638).</summary>
    public string Kid { get; }

    public long Number { get; }

    public DateTimeOffset? VerifyUntil { get; init; }

    internal ECDsaSecurityKey Key { get; }

    internal byte[] PrivateKey { get; }

    public bool Verifies(DateTimeOffset now) => VerifyUntil is null || now < VerifyUntil;

    internal static SigningKeyPair Import(SigningKey stored, byte[] privateKey)
    {
        var pair = ECDsa.Create();
        pair.ImportPkcs8PrivateKey(privateKey, out _);
        return new(stored.Kid, stored.Number, privateKey, new ECDsaSecurityKey(pair) { KeyId = stored.Kid }) { VerifyUntil = stored.VerifyUntil };
    }
}
