using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Members;
using Caas.Core.Moderation;
using Caas.Core.Paging;
using Caas.Core.Tenants;
using Caas.Core.Users;

namespace Caas.Core.Bans;

/// <summary>
/// Bans, by the tenant's backend. From the tenant: the user's calls are refused and the connections end. From a group or channel: the user is no longer a member and cannot become one.
/// A shadow ban keeps the user where it is and hides from others what the user does from then on (<see cref="Visibility.Viewers"/>).
/// They stand in the user's log, and count everywhere within 5 s.
/// </summary>
public sealed class BanService(IBanStore bans, IUserStore users, IMemberStore members, UserWriter writer, Membership membership, Succession succession, ModerationMetrics metrics, Cursors cursors, TimeProvider clock)
{
    public const int MaxReason = 500;

    private const string ListName = "bans";

    /// <summary>Those in force, by user, each one's ban from the tenant first.</summary>
    /// <param name="limit">1 to 200, default 50.</param>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<BanResponse>> ListAsync(Caller caller, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.ModerationRead);
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(tenant, ListName);
        var after = await cursors.DecodeAsync(list, cursor, 2, cancellationToken) is [var user, var conversation] ? new BanPlace(user, conversation) : null;
        var found = await bans.ListAsync(tenant, clock.GetUtcNow(), after, count + 1, cancellationToken);
        return new(
            [.. found.Take(count).Select(View)],
            found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].User.Value, found[count - 1].Conversation?.Value ?? "") : null);
    }

    /// <summary>Bans, or changes a ban; the same once more changes nothing.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c> (also for a direct conversation, unless it is a shadow ban), <c>insufficient_scope</c>, <c>validation_failed</c>, <c>user_not_found</c>, <c>conversation_not_found</c>.</exception>
    public async Task<BanResponse> PutAsync(Caller caller, string userId, PutBanRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.ModerationWrite);
        new Validation()
            .Check(!string.IsNullOrWhiteSpace(request.Reason) && request.Reason.Length <= MaxReason && TenantRules.IsWellFormed(request.Reason) && !request.Reason.Contains('\0', StringComparison.Ordinal), "reason", $"must be 1 to {MaxReason} characters of Unicode")
            .Check(request.ExpiresAt is null || request.ExpiresAt > clock.GetUtcNow(), "expiresAt", "must be in the future")
            .Check(request.ConversationId is null || PublicId.IsValid(request.ConversationId), "conversationId", "must be a conversation's id")
            .ThrowIfAny();
        var user = await RequireUserAsync(tenant, userId, cancellationToken);
        ConversationId? conversation = request.ConversationId is { } id ? new(id) : null;
        if (conversation is { } from && (await membership.RequireConversationAsync(tenant, from, cancellationToken)).Type == ConversationType.Direct && !request.Shadow)
        {
            throw Refusal.NotAllowed.With("Nobody is banned from a direct conversation: ban from the tenant, or let the users block each other.");
        }

        DateTimeOffset? end = request.ExpiresAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()) : null;
        var ban = await FindAsync(tenant, user.Id, conversation, cancellationToken);
        if (ban is null || ban.ExpiresAt != end || ban.Reason != request.Reason || ban.Shadow != request.Shadow)
        {
            await writer.ChangeBanAsync(caller, user, new(caller.Actor, conversation?.Value, end, request.Reason, request.Shadow), lifted: false, cancellationToken);
            metrics.Banned(lifted: false, conversation is not null, request.Shadow);
            ban = await FindAsync(tenant, user.Id, conversation, cancellationToken) ?? throw Refusal.Unavailable.With("Somebody lifts the ban at the same moment; try again.");
        }

        // After the ban: nobody lets the user in again meanwhile. Also where the ban stands already: a call before may have died here.
        if (!request.Shadow && conversation is { } left && await members.FindAsync(tenant, left, user.Id, CancellationToken.None) is { Removed: false } member)
        {
            await succession.RemoveAsync(caller, member, leaves: true, CancellationToken.None);
        }

        return View(ban);
    }

    /// <summary>Lifts a ban; without one nothing changes. Who was a member has to join, or be added, again.</summary>
    /// <param name="conversationId">Null: the ban from the tenant.</param>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>user_not_found</c>, <c>validation_failed</c>.</exception>
    public async Task DeleteAsync(Caller caller, string userId, string? conversationId, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.ModerationWrite);
        new Validation().Check(conversationId is null || PublicId.IsValid(conversationId), "conversationId", "must be a conversation's id").ThrowIfAny();
        var user = await RequireUserAsync(tenant, userId, cancellationToken);
        ConversationId? conversation = conversationId is { } id ? new(id) : null;
        if (await FindAsync(tenant, user.Id, conversation, cancellationToken) is { } ban)
        {
            await writer.ChangeBanAsync(caller, user, new(caller.Actor, conversationId, null, null), lifted: true, cancellationToken);
            metrics.Banned(lifted: true, conversation is not null, ban.Shadow);
        }
    }

    private async Task<User> RequireUserAsync(TenantId tenant, string userId, CancellationToken cancellationToken) =>
        await users.FindAsync(tenant, new(userId), cancellationToken) ?? throw Refusal.UserNotFound.AsException();

    private async Task<Ban?> FindAsync(TenantId tenant, UserId user, ConversationId? conversation, CancellationToken cancellationToken) =>
        (await bans.ReadAsync(tenant, user, cancellationToken)).FirstOrDefault(ban => ban.Conversation == conversation && ban.IsInForce(clock.GetUtcNow()));

    internal static BanResponse View(Ban ban) => new(ban.User.Value, ban.Conversation?.Value, ban.ExpiresAt, ban.Reason ?? "", ban.At, ban.Shadow);
}
