using System.Globalization;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Core.Paging;

namespace Caas.Core.Channels;

/// <summary>Channels that one may join. Whoever joins is judged by <see cref="MemberService.JoinAsync"/>.</summary>
public sealed class ChannelService(IConversationStore conversations, IMemberStore members, Cursors cursors)
{
    private const string ListName = "channels";
    private const int Batch = 200;
    private const int MaxQuery = 200;

    /// <summary>How many conversations one page looks at: a page of few that fit goes on with its cursor.</summary>
    private const int MostLookedAt = 2_000;

    /// <summary>The tenant's channels, latest activity first; of a user those that the user does not belong to.</summary>
    /// <param name="query">Those whose id or name holds it, whatever its case.</param>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<ChannelResponse>> ListAsync(Caller caller, string? query, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var (tenant, count) = (caller.RequireTenant(), PageLimit.Require(limit));
        new Validation().Check(query is null || query.Length <= MaxQuery, "query", $"must be at most {MaxQuery} characters").ThrowIfAny();
        var list = ListScope.Of(tenant, ListName, caller.User?.Value, query);
        var before = await cursors.DecodeAsync(list, cursor, 2, cancellationToken) is [var at, var id]
            ? new ConversationCursor(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)), id)
            : null;
        var items = new List<ChannelResponse>(count);
        for (var looked = 0; looked < MostLookedAt;)
        {
            var found = await conversations.ListForTenantAsync(tenant, before, Batch, cancellationToken);
            var fitting = found.Where(conversation => Fits(conversation, query)).ToList();
            var own = caller.User is { } user && fitting.Count > 0
                ? (await members.FindManyAsync(tenant, user, [.. fitting.Select(conversation => conversation.Id)], cancellationToken)).Select(member => member.Conversation).ToHashSet()
                : [];
            foreach (var conversation in fitting.Where(conversation => !own.Contains(conversation.Id)))
            {
                items.Add(new(conversation.Id.Value, conversation.Name, conversation.Custom, conversation.MemberCount, conversation.CreatedAt, conversation.Summary.LastActivityAt));
                if (items.Count == count)
                {
                    return new(items, await EncodeAsync(list, CursorOf(conversation), cancellationToken));
                }
            }

            before = found is [.., var last] ? CursorOf(last) : before;
            looked += found.Count;
            if (found.Count < Batch)
            {
                return new(items, null);
            }
        }

        return new(items, await EncodeAsync(list, before!, cancellationToken));
    }

    private static ConversationCursor CursorOf(Conversation conversation) => new(conversation.Summary.LastActivityAt, conversation.Id.Value);

    private static bool Fits(Conversation conversation, string? query) =>
        conversation.Type == ConversationType.Channel
        && (string.IsNullOrEmpty(query) || conversation.Id.Value.Contains(query, StringComparison.OrdinalIgnoreCase) || CultureInfo.InvariantCulture.CompareInfo.IndexOf(conversation.Name ?? "", query, CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace) >= 0);

    private ValueTask<string> EncodeAsync(ListScope list, ConversationCursor last, CancellationToken cancellationToken) =>
        cursors.EncodeAsync(list, cancellationToken, last.LastActivityAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), last.Id);
}
