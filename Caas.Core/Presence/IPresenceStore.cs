namespace Caas.Core.Presence;

/// <summary>What of presence outlives everything: when users were last seen, and what they want to be seen as.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IPresenceStore
{
    /// <summary>Stores when users were seen, where nothing later is stored.</summary>
    Task SaveSeenAsync(IReadOnlyList<UserSeen> seen, CancellationToken cancellationToken);

    /// <summary>Stores what a user wants, where nothing that was chosen later is stored.</summary>
    Task SaveChoiceAsync(TenantId tenant, UserId user, PresenceChoice choice, CancellationToken cancellationToken);

    /// <summary>What is stored of users; those of whom nothing is are left out.</summary>
    Task<IReadOnlyList<StoredPresence>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken);
}

/// <param name="At">In whole milliseconds.</param>
public sealed record UserSeen(TenantId Tenant, UserId User, DateTimeOffset At);

/// <param name="Choice">As it was chosen, whether its time has come or not.</param>
public sealed record StoredPresence(UserId User, DateTimeOffset? SeenAt, PresenceChoice? Choice);
