namespace Caas.Client;

/// <summary>What the server's codes mean for a client that could try again.</summary>
internal static class Codes
{
    public const string Unauthenticated = "unauthenticated";
    public const string TokenExpired = "token_expired";
    public const string RateLimited = "rate_limited";
    public const string InternalError = "internal_error";
    public const string Unavailable = "unavailable";
    public const string KeyInUse = "idempotency_key_in_use";

    /// <summary>Nothing that the client does by itself heals these: its connection ends.</summary>
    public static bool EndsConnection(string code) => code is "token_revoked" or "user_deactivated" or "banned" or "tenant_deleted" or "tenant_not_found" or "not_allowed" or "user_not_found";

    /// <summary>Another token may be taken where this one was not.</summary>
    public static bool WantsToken(string code) => code is Unauthenticated or TokenExpired;

    /// <summary>The same call may be taken later.</summary>
    public static bool IsTransient(string code) => code is RateLimited or InternalError or Unavailable or KeyInUse;

    /// <summary>Such an answer does not say that nothing happened: a fault may come after the write, the store may not have confirmed it, an earlier try may still be at it.</summary>
    public static bool LeavesUnknown(string code) => code is InternalError or Unavailable or KeyInUse or ClientCodes.InvalidAnswer;
}
