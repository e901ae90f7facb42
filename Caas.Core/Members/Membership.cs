using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Caching;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Tenants;

namespace Caas.Core.Members;

/// <summary>
/// Who may do what in a conversation. Cached for at most 5 s; dropped at once by the call that changes it, by an entry about members that passes (live, or as a header that the
/// reconciler follows), and by a revocation.
/// </summary>
public sealed class Membership
{
    private const int MaxCached = 20_000;
    private static readonly TimeSpan Keep = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<LogId, OfLog> _cache = [];
    private readonly IConversationStore _conversations;
    private readonly IMemberStore _members;
    private readonly TenantDirectory _tenants;
    private readonly Restrictions _restrictions;
    private readonly TimeProvider _clock;
    private readonly Sweep _sweep;

    /// <summary>Counts what was forgotten, by the log's hash: what was read before and would be kept after it is stale.</summary>
    private readonly long[] _forgotten = new long[1024];

    public Membership(IConversationStore conversations, IMemberStore members, TenantDirectory tenants, Restrictions restrictions, TimeProvider clock)
    {
        (_conversations, _members, _tenants, _restrictions, _clock) = (conversations, members, tenants, restrictions, clock);
        _sweep = new(Keep, DropOld, clock);
    }

    /// <summary>The caller's standing in a conversation.</summary>
    /// <param name="fresh">Ask the store, whatever is cached: for what outlives the call, such as a watch.</param>
    /// <exception cref="RefusedException"><c>conversation_not_found</c> (also for another tenant's), <c>not_a_member</c>, <c>not_allowed</c>, and what <see cref="Restrictions"/> refuse.</exception>
    public async Task<Standing> RequireAsync(Caller caller, ConversationId conversation, Right right, CancellationToken cancellationToken, bool fresh = false)
    {
        if (caller.User is not { } user)
        {
            return new(await RequireConversationAsync(caller.Tenant, conversation, cancellationToken), Member: null);
        }

        var standing = await FindAsync(caller.Tenant, conversation, user, fresh, cancellationToken);
        await _restrictions.RequireNotBannedAsync(caller.Tenant, user, conversation, cancellationToken);
        if (!caller.IsTenantAdmin)
        {
            standing = await RequireRightAsync(caller, standing, right, cancellationToken);
        }

        await _restrictions.RequireUnrestrictedAsync(caller, standing, right, cancellationToken);
        return standing;
    }

    /// <summary>A conversation that is not deleted.</summary>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>.</exception>
    public async Task<Conversation> RequireConversationAsync(TenantId tenant, ConversationId conversation, CancellationToken cancellationToken) =>
        await _conversations.FindAsync(tenant, conversation, cancellationToken) is { DeletedAt: null } found ? found : throw Refusal.ConversationNotFound.AsException();

    /// <summary>Forgets what is cached of a conversation, or of one user in it.</summary>
    /// <param name="seq">The seq of an entry that passed and may not be folded yet: nothing older is kept from now on.</param>
    public void Forget(TenantId tenant, ConversationId conversation, UserId? user, long seq = 0)
    {
        var log = LogId.Of(tenant, conversation);
        Interlocked.Increment(ref ForgottenOf(log));
        if (seq > 0)
        {
            while (!CacheOf(log).TryRaise(seq))
            {
                // It was let go of just now.
            }
        }

        if (_cache.TryGetValue(log, out var ofLog))
        {
            ofLog.Forget(user);
        }
    }

    private async Task<Standing> RequireRightAsync(Caller caller, Standing standing, Right right, CancellationToken cancellationToken)
    {
        if (standing.Member is null)
        {
            throw Refusal.NotAMember.AsException();
        }

        // Apart from what is cached of the member: other settings of the tenant count as soon as they are known.
        standing = standing with { Permissions = (await _tenants.FindAsync(caller.Tenant, cancellationToken))?.Settings.Permissions };
        return standing.May(right, caller) ? standing : throw Refusal.NotAllowed.With($"Your role, {standing.Member!.Role.ToString().ToLowerInvariant()}, does not allow this.");
    }

    private async Task<Standing> FindAsync(TenantId tenant, ConversationId id, UserId user, bool fresh, CancellationToken cancellationToken)
    {
        var log = LogId.Of(tenant, id);
        if (!fresh && _cache.TryGetValue(log, out var known) && known.Users.TryGetValue(user, out var cached) && _clock.GetElapsedTime(cached.At) < Keep)
        {
            return cached.Standing;
        }

        var at = _clock.GetTimestamp();
        var forgotten = Interlocked.Read(ref ForgottenOf(log));
        var conversation = await RequireConversationAsync(tenant, id, cancellationToken);
        var member = await _members.FindAsync(tenant, id, user, cancellationToken) is { Removed: false } found ? found : null;
        var standing = new Standing(conversation, member);
        if (member is not null)
        {
            // Only what allows is kept: who was just added may act at once.
            var kept = new Cached(standing, at);
            var ofLog = CacheOf(log);
            ofLog.Users[user] = kept;
            _sweep.Arm();
            if (conversation.Rev < ofLog.Floor || Interlocked.Read(ref ForgottenOf(log)) != forgotten)
            {
                // Read before a change, perhaps: good for this call, not for the next.
                ofLog.Users.TryRemove(new(user, kept));
            }
        }

        return standing;
    }

    private OfLog CacheOf(LogId log)
    {
        if (_cache.Count >= MaxCached)
        {
            _cache.Clear();
        }

        while (true)
        {
            var ofLog = _cache.GetOrAdd(log, _ => new());
            if (!ofLog.Ended)
            {
                return ofLog;
            }

            _cache.TryRemove(new(log, ofLog));
        }
    }

    /// <summary>Lets go of what is given no more. A floor stays: it guards what is read later.</summary>
    private bool DropOld()
    {
        var left = false;
        foreach (var (log, ofLog) in _cache)
        {
            foreach (var (user, cached) in ofLog.Users)
            {
                if (_clock.GetElapsedTime(cached.At) >= Keep)
                {
                    ofLog.Users.TryRemove(new(user, cached));
                }
            }

            if (!ofLog.Users.IsEmpty)
            {
                left = true;
            }
            else if (ofLog.TryEnd())
            {
                _cache.TryRemove(new(log, ofLog));
            }
        }

        return left;
    }

    private ref long ForgottenOf(LogId log) => ref _forgotten[(uint)log.GetHashCode() % _forgotten.Length];

    private sealed record Cached(Standing Standing, long At);

    private sealed class OfLog
    {
        private const long None = 0;
        private const long End = long.MaxValue;

        private long _floor = None;

        /// <summary>Small: as it comes, it would have a lock for each processor and room for 31.</summary>
        public ConcurrentDictionary<UserId, Cached> Users { get; } = new(concurrencyLevel: 1, capacity: 1);

        /// <summary>The conversation's rev below which nothing is kept.</summary>
        public long Floor => Interlocked.Read(ref _floor);

        /// <summary>Whether it is let go of: what is put into it is found by nobody.</summary>
        public bool Ended => Floor == End;

        /// <returns>False when it was let go of.</returns>
        public bool TryRaise(long seq)
        {
            for (var floor = Floor; floor < seq; floor = Floor)
            {
                Interlocked.CompareExchange(ref _floor, seq, floor);
            }

            return !Ended;
        }

        /// <returns>False when it has a floor.</returns>
        public bool TryEnd() => Interlocked.CompareExchange(ref _floor, End, None) == None;

        public void Forget(UserId? user)
        {
            if (user is null)
            {
                Users.Clear();
            }
            else
            {
                Users.TryRemove(user.Value, out _);
            }
        }
    }
}

/// <param name="Conversation">At most 5 s old: its type and whether it exists, not its summary.</param>
/// <param name="Member">Null for a backend that speaks for the tenant, and for a tenant admin who is no member.</param>
public sealed record Standing(Conversation Conversation, Member? Member)
{
    /// <summary>What the tenant lets roles do otherwise than by the table.</summary>
    public TenantPermissions? Permissions { get; init; }

    /// <summary>Whether the role (or the lack of need for one) allows <paramref name="right"/>.</summary>
    public bool May(Right right, Caller caller) => caller.User is null || caller.IsTenantAdmin || (Member is not null && PermissionTable.Allows(Conversation.Type, Member.Role, right, Permissions));
}
