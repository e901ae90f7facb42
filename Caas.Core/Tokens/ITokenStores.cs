namespace Caas.Core.Tokens;

/// <summary>The platform's signing keys. The newest signs; older ones verify until <see cref="SigningKey.VerifyUntil"/>.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface ISigningKeyStore
{
    Task<IReadOnlyList<SigningKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Adds a key with the next <see cref="SigningKey.Number"/>; when another process was faster with that number, nothing is stored.</summary>
    /// <returns>Whether it was stored.</returns>
    Task<bool> AddAsync(SigningKey key, CancellationToken cancellationToken);

    /// <summary>Notes until when an older key verifies.</summary>
    Task RetireAsync(string kid, DateTimeOffset verifyUntil, CancellationToken cancellationToken);
}

/// <param name="Number">1, 2, 3 …: unique; the highest signs.</param>
/// <param name="Sealed">The private key (PKCS #8), sealed with <c>Caas:MasterKey</c> where it is set.</param>
/// <param name="VerifyUntil">Null: signs, or not retired yet.</param>
public sealed record SigningKey(string Kid, long Number, string Sealed, DateTimeOffset CreatedAt, DateTimeOffset? VerifyUntil);

/// <summary>Refresh tokens, by the SHA-256 of each.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IRefreshTokenStore
{
    Task AddAsync(RefreshToken token, CancellationToken cancellationToken);

    Task<RefreshToken?> FindAsync(string hash, CancellationToken cancellationToken);

    /// <summary>Marks it used when it is neither used nor revoked: only one of two callers gets true.</summary>
    Task<bool> TryUseAsync(string hash, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Revokes all tokens of a family.</summary>
    Task RevokeFamilyAsync(TenantId tenant, string family, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Revokes all tokens of a user that were issued before a time.</summary>
    Task RevokeUserAsync(TenantId tenant, UserId user, DateTimeOffset issuedBefore, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Removes tokens that ended before a time.</summary>
    Task PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken);
}

/// <param name="Hash">SHA-256 of the token, hex.</param>
/// <param name="Family">All that came of one first token, by rotation.</param>
/// <param name="AccessTokenId">The <c>jti</c> of the access token that was issued with it.</param>
public sealed record RefreshToken(string Hash, TenantId Tenant, UserId User, string Family, string AccessTokenId, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt, DateTimeOffset? RevokedAt);

/// <summary>What ends live connections and refuses tokens: every replica and gateway reads new ones at least every 2 s.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IRevocationStore
{
    /// <summary>Stores it; storing the same <see cref="Revocation.Id"/> again changes nothing.</summary>
    Task AddAsync(Revocation revocation, CancellationToken cancellationToken);

    /// <summary>
    /// Revocations that were stored since <paramref name="after"/> (null: all that still matter), in some order; some may be given again. An adapter without a commit-ordered
    /// position reads by its own clock with a margin.
    /// </summary>
    /// <returns>The revocations and what to pass as <paramref name="after"/> next.</returns>
    Task<(IReadOnlyList<Revocation> Items, string Position)> ReadAfterAsync(string? after, CancellationToken cancellationToken);

    /// <summary>Removes those whose <see cref="Revocation.Until"/> has passed.</summary>
    Task PruneAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>What is revoked.</summary>
public enum RevocationKind
{
    /// <summary>One token, or all of a refresh family: <see cref="Revocation.TokenId"/> is its <c>jti</c> or <c>fam</c>.</summary>
    Token,

    /// <summary>All tokens of <see cref="Revocation.User"/> issued before <see cref="Revocation.Before"/>.</summary>
    UserTokens,

    /// <summary>The user was deactivated: every connection and token, until reactivated.</summary>
    UserDeactivated,

    /// <summary>The user was banned from the tenant, or from <see cref="Revocation.Conversation"/>.</summary>
    Banned,

    /// <summary><see cref="Revocation.Conversation"/> was deleted.</summary>
    ConversationDeleted,

    /// <summary>The user is no longer a member of <see cref="Revocation.Conversation"/>.</summary>
    MemberRemoved,

    /// <summary>The whole tenant was deleted.</summary>
    TenantDeleted,

    /// <summary>Whom the user blocks, or who blocks the user, has changed: nothing is revoked, but what is remembered of it no longer holds.</summary>
    BlocksChanged,

    /// <summary>The user is no longer banned from the tenant, or from <see cref="Revocation.Conversation"/>: nothing is revoked, but what is remembered of it no longer holds.</summary>
    BanLifted,
}

/// <param name="Id">Unique: derived from what caused it.</param>
/// <param name="Before">Tokens issued before this time (to the millisecond; one that tells whole seconds counts as issued at the end of its second) are refused.</param>
/// <param name="Until">From when on it matters no more: the revoked tokens have ended by themselves.</param>
/// <param name="Seq">For what happened in a conversation: the seq of its entry.</param>
public sealed record Revocation(string Id, RevocationKind Kind, TenantId Tenant, UserId? User, string? TokenId, DateTimeOffset? Before, ConversationId? Conversation, long? Seq, DateTimeOffset At, DateTimeOffset Until);
