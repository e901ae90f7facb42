using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Quotes;
using Caas.Core.Visibility;

namespace Caas.Core.Messages;

/// <summary>Reads messages: one, a page around any place, all versions of one.</summary>
public sealed class MessageReader(IEntryStore entries, MessageWriter writer, QuoteReader quotes, Membership membership, Viewers viewers)
{
    /// <summary>Versions are read in batches of this many.</summary>
    private const int Batch = 500;

    /// <exception cref="RefusedException"><c>message_not_found</c>, <c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public async Task<MessageResponse> GetAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken)
    {
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var message = await writer.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken);
        return (await viewers.OfAsync(caller, cancellationToken)).Show(await quotes.AttachAsync(message, cancellationToken));
    }

    /// <summary>A page of a conversation's messages.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public async Task<MessagePage> ListAsync(Caller caller, ConversationId conversation, PageOfMessages page, CancellationToken cancellationToken)
    {
        page.Require();
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var log = LogId.Of(caller.Tenant, conversation);
        return await page.ReadAsync(await viewers.OfAsync(caller, cancellationToken), async (direction, from, limit) => await quotes.AttachAsync(await entries.ReadMessagesAsync(log, direction, from, limit, cancellationToken), cancellationToken));
    }

    /// <summary>All versions of a message, oldest first; for its sender, moderators, owners and the backend. Of a deleted message nothing is left.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c> and what <see cref="GetAsync"/> refuses.</exception>
    public async Task<MessageHistoryResponse> GetHistoryAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken)
    {
        var standing = await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var message = await writer.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken);
        if (!standing.May(Right.ReadHistory, caller) && message.ActorId != caller.User?.Value)
        {
            throw Refusal.NotAllowed.With("Only its sender and moderators may see a message's history.");
        }

        return new(message.Message!.DeletedAt is null ? await ReadVersionsAsync(await viewers.OfAsync(caller, cancellationToken), message, cancellationToken) : []);
    }

    /// <summary>All versions of a message that is not deleted, oldest first, as far as the reader sees them.</summary>
    internal async Task<IReadOnlyList<MessageVersion>> ReadVersionsAsync(Viewer viewer, Entry message, CancellationToken cancellationToken)
    {
        var state = message.Message!;
        var content = state.Original ?? state.Content;

        // For who sees both: what a shadow-banned sender made of it beside what the others got.
        MessageContent? hidden = null;
        var versions = new List<MessageVersion> { new(message.Seq, message.ActorId, message.At, content.Text, content.Attachments, content.Custom, viewer.SeesAll && message.Shadowed) };
        for (var after = message.Seq; ;)
        {
            var changes = await entries.ReadChangesAsync(message.Log, message.Seq, after, Batch, cancellationToken);
            foreach (var change in changes.Where(change => change.Type == EntryTypes.MessageEdited && viewer.Gets(change)))
            {
                if (change.Data?.Deserialize(CoreJsonContext.Default.MessageEditedData) is { } edit)
                {
                    var aside = viewer.SeesAll && change.Shadowed;
                    (content, hidden) = aside ? (content, edit.ApplyTo(hidden ?? content)) : (edit.ApplyTo(content), hidden is null ? null : edit.ApplyTo(hidden));
                    var made = aside ? hidden! : content;
                    versions.Add(new(change.Seq, change.ActorId, change.At, made.Text, made.Attachments, made.Custom, aside));
                }
            }

            if (changes.Count < Batch)
            {
                return versions;
            }

            after = changes[^1].Seq;
        }
    }
}
