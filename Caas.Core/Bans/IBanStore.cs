using Caas.Core.Entries;

namespace Caas.Core.Bans;

/// <summary>Who is banned from where, as projected from users' logs.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IBanStore
{
    /// <summary>Stores a row where its <see cref="Ban.Seq"/> is above the stored one (the latest entry wins). Safe to repeat.</summary>
    Task ApplyAsync(TenantId tenant, Ban ban, CancellationToken cancellationToken);

    /// <summary>A user's bans, those that were lifted left out; expired ones too are given.</summary>
    Task<IReadOnlyList<Ban>> ReadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken);

    /// <summary>A tenant's bans that are in force at a time, by user and then by conversation (ordinal, the tenant's first), after a place.</summary>
    Task<IReadOnlyList<Ban>> ListAsync(TenantId tenant, DateTimeOffset now, BanPlace? after, int limit, CancellationToken cancellationToken);
}

/// <summary>A user is, or was, banned.</summary>
/// <param name="Conversation">Null: from the tenant.</param>
/// <param name="Seq">The seq of the last entry about it in the user's log.</param>
/// <param name="At">In whole milliseconds.</param>
/// <param name="ExpiresAt">In whole milliseconds; null: it does not end by itself.</param>
/// <param name="Shadow">It keeps nobody out, but hides from others what the user does.</param>
public sealed record Ban(UserId User, ConversationId? Conversation, long Seq, DateTimeOffset At, DateTimeOffset? ExpiresAt, string? Reason, bool Removed, bool Shadow = false)
{
    public bool IsInForce(DateTimeOffset now) => !Removed && (ExpiresAt is not { } end || now < end);
}

/// <summary>A place in a tenant's list of bans.</summary>
/// <param name="Conversation">Empty: the ban from the tenant.</param>
public sealed record BanPlace(string User, string Conversation);
