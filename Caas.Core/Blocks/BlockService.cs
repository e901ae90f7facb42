using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Paging;
using Caas.Core.Users;

namespace Caas.Core.Blocks;

/// <summary>Whom a user blocks. It stands in the user's log; a change counts on every replica at once, and within 5 s without the backplane.</summary>
public sealed class BlockService(IBlockStore blocks, IUserStore users, UserWriter writer, BlockMetrics metrics, Cursors cursors)
{
    /// <summary>The most users whom one may block. Calls at the same moment may go over it by as many as they are.</summary>
    public const int MaxBlocks = 1000;

    private const string ListName = "blocks";

    /// <summary>Whom the caller blocks, by user id.</summary>
    /// <param name="limit">1 to 200, default 50.</param>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<BlockResponse>> ListAsync(Caller caller, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var (tenant, user) = Require(caller, Scopes.UsersRead);
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(tenant, ListName, user.Value);
        UserId? after = await cursors.DecodeAsync(list, cursor, 1, cancellationToken) is [var id] ? new UserId(id) : null;
        var found = await blocks.ListAsync(tenant, user, after, count + 1, cancellationToken);
        return new(
            [.. found.Take(count).Select(block => new BlockResponse(block.Other.Value, block.At))],
            found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].Other.Value) : null);
    }

    /// <summary>Blocks somebody; again changes nothing.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>user_not_found</c>, <c>validation_failed</c> for oneself, <c>limit_reached</c>.</exception>
    public async Task<BlockResponse> PutAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        var (tenant, user) = Require(caller, Scopes.UsersWrite);
        var other = new UserId(userId);
        new Validation().Check(other != user, "userId", "must be somebody else").ThrowIfAny();
        if (await users.FindAsync(tenant, other, cancellationToken) is null)
        {
            throw Refusal.UserNotFound.AsException();
        }

        if (await FindAsync(tenant, user, other, cancellationToken) is { } known)
        {
            return known;
        }

        if ((await blocks.ReadAsync(tenant, user, cancellationToken)).Blocked.Count >= MaxBlocks)
        {
            throw Refusal.LimitReached.With($"A user may block {MaxBlocks} others.");
        }

        await writer.ChangeBlockAsync(caller, await RequireAsync(tenant, user, cancellationToken), other, blocks: true, cancellationToken);
        metrics.Changed(blocked: true);
        return await FindAsync(tenant, user, other, cancellationToken) ?? throw Refusal.Unavailable.With("Somebody unblocks at the same moment; try again.");
    }

    /// <summary>Blocks somebody no longer; who was not blocked changes nothing.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task DeleteAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        var (tenant, user) = Require(caller, Scopes.UsersWrite);
        var other = new UserId(userId);
        if (PublicId.IsValid(userId) && await FindAsync(tenant, user, other, cancellationToken) is not null)
        {
            await writer.ChangeBlockAsync(caller, await RequireAsync(tenant, user, cancellationToken), other, blocks: false, cancellationToken);
            metrics.Changed(blocked: false);
        }
    }

    private async Task<BlockResponse?> FindAsync(TenantId tenant, UserId user, UserId other, CancellationToken cancellationToken) =>
        (await blocks.ReadAsync(tenant, user, cancellationToken)).Since(other.Value) is { } at ? new(other.Value, at) : null;

    private async Task<User> RequireAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) =>
        await users.FindAsync(tenant, user, cancellationToken) ?? throw Refusal.UserNotFound.AsException();

    private static (TenantId Tenant, UserId User) Require(Caller caller, string scope)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(scope);
        return (tenant, caller.RequireUser());
    }
}
