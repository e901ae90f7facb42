using Caas.Core.Callers;

namespace Caas.Core.Tokens;

/// <summary>
/// What is revoked, held in memory by every process: read from the store at start, then at least every 2 s, and at once when hinted. A hosted service of every host.
/// </summary>
public sealed class RevocationList
{
    /// <summary>Raised for each revocation that this process had not seen: live connections act on it.</summary>
    public event Action<Revocation>? Revoked;
#pragma warning disable IDE0051

    /// <summary>Why the token may no longer be used; null: it may.</summary>
    public Refusal? Check(Caller caller) => throw new NotImplementedException();

    /// <summary>Stores a revocation, applies it here at once and hints the other processes.</summary>
    public Task AddAsync(Revocation revocation, CancellationToken cancellationToken) => throw new NotImplementedException();

    private void Raise(Revocation revocation) => Revoked?.Invoke(revocation);
}
