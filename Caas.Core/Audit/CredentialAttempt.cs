namespace Caas.Core.Audit;

/// <summary>Credentials that were refused, as far as it can be said whose they are.</summary>
/// <param name="Tenant">Whose tenant, as they say; see <paramref name="Proven"/>.</param>
/// <param name="Reason">One of <see cref="CredentialFaults"/>.</param>
/// <param name="Proven">Whether they were good once: whoever sent them had the secret, or the key that signs. Otherwise anybody can have made them up.</param>
/// <param name="KeyId">The API key that they name.</param>
/// <param name="User">Whose token it is; only where that is proven.</param>
public sealed record CredentialAttempt(TenantId Tenant, string Reason, bool Proven, string? KeyId = null, UserId? User = null);

/// <summary>What was wrong with credentials, as the audit log tells it: a closed list.</summary>
public static class CredentialFaults
{
    /// <summary>The API key is one of the tenant's, its secret is not.</summary>
    public const string WrongSecret = "wrong_secret";

    /// <summary>The API key's secret before its rotation, after its time.</summary>
    public const string SecretRotated = "secret_rotated";

    public const string KeyRevoked = "key_revoked";
    public const string KeyExpired = "key_expired";

    /// <summary>The API key's list of addresses does not have the caller's.</summary>
    public const string AddressNotAllowed = "address_not_allowed";

    /// <summary>A token that names the tenant, and that none of its keys has signed.</summary>
    public const string TokenForged = "token_forged";

    /// <summary>A token that is signed as it should be and says what it may not.</summary>
    public const string TokenInvalid = "token_invalid";

    public const string TokenExpired = "token_expired";
    public const string TokenRevoked = "token_revoked";

    /// <summary>A good token of another user, for a connection that is open.</summary>
    public const string OtherUser = "other_user";

    /// <summary>The token's user is deactivated, or gone.</summary>
    public const string UserInactive = "user_inactive";

    public const string UserBanned = "user_banned";
    public const string RefreshTokenExpired = "refresh_token_expired";
    public const string RefreshTokenRevoked = "refresh_token_revoked";

    /// <summary>Used a second time: it was stolen, or stolen from; its session ends.</summary>
    public const string RefreshTokenReused = "refresh_token_reused";

    /// <summary>What happens every day, to everybody: counted for the tenant as a whole.</summary>
    internal static bool IsCommon(string reason) => reason is TokenExpired or RefreshTokenExpired;
}
