using System.Globalization;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Caas.Core.Paging;

namespace Caas.Core.Conversations;

/// <summary>Conversations: one, and lists of them.</summary>
public sealed class ConversationReader(IConversationStore conversations, ConversationViews views, Membership membership, Cursors cursors)
{
    private const string ListName = "conversations";

    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public async Task<ConversationResponse> GetAsync(Caller caller, ConversationId id, CancellationToken cancellationToken)
    {
        await membership.RequireAsync(caller, id, Right.Read, cancellationToken);
        return await views.ShapeFreshAsync(caller, await membership.RequireConversationAsync(caller.Tenant, id, cancellationToken), cancellationToken);
    }

    /// <summary>The caller's conversations, latest activity first; the tenant's for a backend that speaks for no user.</summary>
    /// <param name="filter">Null: those that are neither archived nor hidden. For users alone.</param>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>invalid_cursor</c>, <c>on_behalf_of_required</c>.</exception>
    public async Task<Page<ConversationResponse>> ListAsync(Caller caller, OwnViewFilter? filter, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var count = PageLimit.Require(limit);
        if (filter is not null)
        {
            caller.RequireUser();
        }

        var list = ListScope.Of(caller.Tenant, ListName, caller.User?.Value, filter?.ToString());
        var before = await cursors.DecodeAsync(list, cursor, 2, cancellationToken) is [var at, var id]
            ? new ConversationCursor(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)), id)
            : null;
        IReadOnlyList<(Conversation Conversation, Member? Member)> found = caller.User is { } user
            ? [.. (await conversations.ListForUserAsync(caller.Tenant, user, filter ?? OwnViewFilter.Plain, before, count + 1, cancellationToken)).Select(item => (item.Conversation, (Member?)item.Member))]
            : [.. (await conversations.ListForTenantAsync(caller.Tenant, before, count + 1, cancellationToken)).Select(item => (item, (Member?)null))];
        var page = await views.ShapeAsync(caller, [.. found.Take(count)], cancellationToken);
        return new(page, found.Count > count ? await EncodeAsync(list, found[count - 1].Conversation, cancellationToken) : null);
    }

    private ValueTask<string> EncodeAsync(ListScope list, Conversation last, CancellationToken cancellationToken) =>
        cursors.EncodeAsync(list, cancellationToken, last.Summary.LastActivityAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), last.Id.Value);
}
