using Caas.Core.Tokens;

namespace Caas.Core.Secrets;

/// <summary>
/// Seals secrets that stand in entries, which travel: to the feed, the bus, backups. Never in clear: with the master key where one is set, otherwise
/// (<c>k1:</c>) with a key derived from the platform's first signing key, which stays in the store.
/// </summary>
public sealed class SecretSealer(KeySealer sealer, SigningKeyRing ring)
{
    private const string Prefix = "k1:";

    public async Task<string> SealAsync(byte[] secret, string purpose, CancellationToken cancellationToken) =>
        sealer.Seals ? sealer.Seal(secret, purpose) : Prefix + (await RootAsync(cancellationToken)).Seal(secret, purpose);

    /// <exception cref="InvalidOperationException">The master key, or the store's first signing key, is not the one it was sealed with.</exception>
    public async Task<byte[]> UnsealAsync(string text, string purpose, CancellationToken cancellationToken) =>
        !text.StartsWith(Prefix, StringComparison.Ordinal)
            ? sealer.Unseal(text, purpose)
            : (await RootAsync(cancellationToken)).Unseal(text.AsSpan(Prefix.Length), purpose)
                ?? throw new InvalidOperationException($"The stored secret of {purpose} was sealed with another store's first signing key.");

    private async Task<SealingKey> RootAsync(CancellationToken cancellationToken) => (await ring.CurrentAsync(cancellationToken)).Root;
}
