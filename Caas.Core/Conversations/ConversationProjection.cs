using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Scheduled;
using Caas.Core.Timed;

namespace Caas.Core.Conversations;

/// <summary>Repairs what is projected from conversations' logs: the conversation, its members and the messages that entries change.</summary>
public sealed class ConversationProjection(IEntryStore entries, ConversationFolder conversations, MessageFolder messages, Departures departures, Succession succession, IAttachmentUseStore attachments, ITimedStore timed) : ILogProjection
{
    public bool Handles(LogId log) => log.IsConversation;

    public async Task RepairAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        if (headers.Any(header => header.Target == EntryTarget.Log))
        {
            var conversation = await conversations.FoldAsync(log.Tenant, new(log.Name), cancellationToken);
            await AnnounceDeparturesAsync(log, headers, cancellationToken);
            if (conversation is not null)
            {
                await succession.RepairAsync(conversation, headers, cancellationToken);
            }

            if (headers.FirstOrDefault(header => header.Type == EntryTypes.ConversationDeleted) is { } deletion)
            {
                await attachments.ReleaseAsync(log.Tenant, new(log.Name), messageId: null, deletion.At, cancellationToken);
                await timed.DeleteAllAsync(new(log.Tenant, ScheduledMessages.Kind, log.Name), cancellationToken);
            }
        }

        foreach (var message in headers.SelectMany(header => new[] { header.Target, header.Thread }).Where(seq => seq > 0).Distinct())
        {
            await messages.FoldAsync(log, message, cancellationToken);
        }
    }

    /// <summary>The call that removed somebody may have died before it told the replicas: they hear it from here, once more or for the first time.</summary>
    private async Task AnnounceDeparturesAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        long[] seqs = [.. headers.Where(header => header.Type is EntryTypes.MemberRemoved or EntryTypes.ConversationDeleted).Select(header => header.Seq)];
        foreach (var entry in seqs.Length == 0 ? [] : await entries.ReadManyAsync(log, seqs, cancellationToken))
        {
            await departures.AnnounceAsync(entry, cancellationToken);
        }
    }
}
