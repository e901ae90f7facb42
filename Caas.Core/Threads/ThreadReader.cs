using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Quotes;
using Caas.Core.Visibility;

namespace Caas.Core.Threads;

/// <summary>Reads the replies to a message.</summary>
public sealed class ThreadReader(IThreadStore threads, QuoteReader quotes, MessageWriter writer, Membership membership, Viewers viewers)
{
    /// <summary>A page of the replies, always newest first; as of a conversation's messages. A reply has none of its own.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>message_not_found</c>.</exception>
    public async Task<MessagePage> ListAsync(Caller caller, ConversationId conversation, string messageId, PageOfMessages page, CancellationToken cancellationToken)
    {
        page.Require();
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var root = await writer.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken);
        return await page.ReadAsync(await viewers.OfAsync(caller, cancellationToken), async (direction, from, limit) =>
            await quotes.AttachAsync(await threads.ReadRepliesAsync(root.Log, root.Seq, direction, from, limit, cancellationToken), cancellationToken));
    }
}
