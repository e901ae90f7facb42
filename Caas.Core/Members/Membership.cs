using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;

namespace Caas.Core.Members;

/// <summary>Who may do what in a conversation. Cached for at most 5 s; delivering <c>member.removed</c> or a revocation drops it at once.</summary>
public sealed class Membership(IConversationStore conversations, IMemberStore members, TimeProvider clock)
{
    private const int MaxCached = 20_000;
    private static readonly TimeSpan Keep = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<LogId, ConcurrentDictionary<UserId, Cached>> _cache = [];

    /// <summary>The caller's standing in a conversation.</summary>
    /// <param name="fresh">Ask the store, whatever is cached: for what outlives the call, such as a watch.</param>
    /// <exception cref="RefusedException"><c>conversation_not_found</c> (also for another tenant's), <c>not_a_member</c>, <c>not_allowed</c>.</exception>
    public async Task<Standing> RequireAsync(Caller caller, ConversationId conversation, Right right, CancellationToken cancellationToken, bool fresh = false)
    {
        if (caller.User is not { } user)
        {
            return new(await RequireConversationAsync(caller.Tenant, conversation, cancellationToken), Member: null);
        }

        var standing = await FindAsync(caller.Tenant, conversation, user, fresh, cancellationToken);
        if (caller.IsTenantAdmin)
        {
            return standing;
        }

        if (standing.Member is null)
        {
            throw Refusal.NotAMember.AsException();
        }

        return Allows(standing.Member.Role, right) ? standing : throw Refusal.NotAllowed.With($"Your role, {standing.Member.Role.ToString().ToLowerInvariant()}, does not allow this.");
    }

    /// <summary>A conversation that is not deleted.</summary>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>.</exception>
    public async Task<Conversation> RequireConversationAsync(TenantId tenant, ConversationId conversation, CancellationToken cancellationToken) =>
        await conversations.FindAsync(tenant, conversation, cancellationToken) is { DeletedAt: null } found ? found : throw Refusal.ConversationNotFound.AsException();

    /// <summary>Forgets what is cached of a conversation, or of one user in it.</summary>
    public void Forget(TenantId tenant, ConversationId conversation, UserId? user)
    {
        var log = LogId.Of(tenant, conversation);
        if (user is null)
        {
            _cache.TryRemove(log, out _);
        }
        else if (_cache.TryGetValue(log, out var users))
        {
            users.TryRemove(user.Value, out _);
        }
    }

    /// <summary>Whether a role has a right.</summary>
    public static bool Allows(MemberRole role, Right right) => right switch
    {
        Right.Read => true,
        Right.Write => role is not MemberRole.Reader,
        Right.Moderate => role is MemberRole.Owner or MemberRole.Moderator,
        _ => role is MemberRole.Owner,
    };

    private async Task<Standing> FindAsync(TenantId tenant, ConversationId id, UserId user, bool fresh, CancellationToken cancellationToken)
    {
        var log = LogId.Of(tenant, id);
        if (!fresh && _cache.TryGetValue(log, out var users) && users.TryGetValue(user, out var cached) && clock.GetElapsedTime(cached.At) < Keep)
        {
            return cached.Standing;
        }

        var at = clock.GetTimestamp();
        var conversation = await RequireConversationAsync(tenant, id, cancellationToken);
        var member = await members.FindAsync(tenant, id, user, cancellationToken) is { Removed: false } found ? found : null;
        var standing = new Standing(conversation, member);
        if (member is not null)
        {
            // Only what allows is kept: who was just added may act at once.
            if (_cache.Count >= MaxCached)
            {
                _cache.Clear();
            }

            _cache.GetOrAdd(log, _ => [])[user] = new(standing, at);
        }

        return standing;
    }

    private sealed record Cached(Standing Standing, long At);
}

/// <summary>What a call wants to do; each includes those before it.</summary>
public enum Right
{
    Read,
    Write,
    Moderate,
    Own,
}

/// <param name="Conversation">At most 5 s old: its type and whether it exists, not its summary.</param>
/// <param name="Member">Null for a backend that speaks for the tenant, and for a tenant admin who is no member.</param>
public sealed record Standing(Conversation Conversation, Member? Member)
{
    /// <summary>Whether the role (or the lack of need for one) allows <paramref name="right"/>.</summary>
    public bool May(Right right, Caller caller) => caller.User is null || caller.IsTenantAdmin || (Member is not null && Membership.Allows(Member.Role, right));
}
