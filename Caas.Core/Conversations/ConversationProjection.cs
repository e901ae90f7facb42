using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Messages;

namespace Caas.Core.Conversations;

/// <summary>Repairs what is projected from conversations' logs: the conversation, its members and the messages that entries change.</summary>
public sealed class ConversationProjection(ConversationFolder conversations, MessageFolder messages) : ILogProjection
{
    public bool Handles(LogId log) => log.IsConversation;

    public async Task RepairAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        if (headers.Any(header => header.Target == EntryTarget.Log))
        {
            await conversations.FoldAsync(log.Tenant, new(log.Name), cancellationToken);
        }

        foreach (var message in headers.Where(header => header.Target > 0).Select(header => header.Target).Distinct())
        {
            await messages.FoldAsync(log, message, cancellationToken);
        }
    }
}
