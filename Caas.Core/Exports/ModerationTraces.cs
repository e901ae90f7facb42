using System.Runtime.CompilerServices;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Entries;
using Caas.Core.Flags;
using Caas.Core.Json;
using Caas.Core.Users;

namespace Caas.Core.Exports;

/// <summary>What moderation keeps of a user: bans, what the user has flagged, and that others have flagged the user's messages; not who.</summary>
public sealed class ModerationTraces(IUserTraceStore traces, IFlagStore flags, IBanStore bans)
{
    private const int PageSize = 200;

    public async Task<IEnumerable<BanResponse>> BansAsync(User user, CancellationToken cancellationToken) =>
        (await bans.ReadAsync(user.Tenant, user.Id, cancellationToken)).OrderBy(ban => ban.Conversation?.Value ?? "", StringComparer.Ordinal).Select(BanService.View);

    /// <summary>The messages that the user has flagged, by conversation.</summary>
    public async IAsyncEnumerable<ExportedFlag> FlagsAsync(User user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ConversationId? next = null;
        do
        {
            var found = await traces.FindConversationsAsync(user.Tenant, user.Id, next, cancellationToken);
            foreach (var conversation in found.Conversations)
            {
                var log = FlagFolder.LogOf(user.Tenant, conversation);
                for (long? after = 0; after is not null;)
                {
                    var page = await traces.ReadByActorAsync(log, user.Id, after.Value, PageSize, cancellationToken);
                    after = page.Next;
                    foreach (var entry in page.Entries)
                    {
                        if (entry.Type == SystemEntryTypes.FlagCreated && entry.Data?.Deserialize(IdentityJsonContext.Default.FlagCreatedData) is { } data)
                        {
                            yield return new(data.ConversationId, data.MessageId, data.Reason, entry.At);
                        }
                    }
                }
            }

            next = found.Next;
        }
        while (next is not null);
    }

    /// <summary>The user's messages that were flagged, newest first. Reasons are others' words, and may tell who they are.</summary>
    public async IAsyncEnumerable<ExportedFlagged> FlaggedAsync(User user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FlagPlace? before = null;
        for (IReadOnlyList<FlagCase>? page = null; page is not { Count: < PageSize };)
        {
            foreach (var one in page = await flags.ListAsync(user.Tenant, new(null, null, user.Id.Value), before, PageSize, cancellationToken))
            {
                before = new(one.OpenedAt, one.MessageId);
                yield return new(one.Conversation.Value, one.MessageId, one.Status, one.Details.Count, one.OpenedAt, one.Details.Resolution?.Action, one.Details.Resolution?.At);
            }
        }
    }
}
