using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Polls;
using Caas.Core.Quotes;
using Caas.Core.Visibility;

namespace Caas.Core.Messages;

/// <summary>
/// The answers of sends that were stored: who sends once more because the answer was lost hears of it, also when the same call would be refused now. Looked for only where it is about to be refused:
/// what is stored and what is refused at the first try cost nothing more, and one read.
/// </summary>
public sealed class FirstAnswers(IEntryStore entries, Membership membership, Viewers viewers, QuoteReader quotes, MessageMetrics metrics)
{
    /// <summary>What the same sender's equal send was answered; null: there is none. Who may read the conversation gets the message as it is; who may not gets its place in the log, and what it said itself.</summary>
    /// <param name="contentHash">Of what is asked for: another send under the same id is none of its repeats.</param>
    public async Task<SentMessage?> FindAsync(Caller caller, LogId log, SendMessageRequest request, string clientId, string contentHash, CancellationToken cancellationToken)
    {
        if (await entries.FindByClientIdAsync(log, caller.User?.Value, clientId, cancellationToken) is not { Message: not null } stored || stored.ContentHash != contentHash)
        {
            return null;
        }

        metrics.Sent(duplicate: true);
        return new(await MayReadAsync(caller, log, cancellationToken)
            ? (await viewers.OfAsync(caller, cancellationToken)).Show(await quotes.AttachAsync(stored, cancellationToken))
            : Receipt(stored, request), Duplicate: true);
    }

    private async Task<bool> MayReadAsync(Caller caller, LogId log, CancellationToken cancellationToken)
    {
        try
        {
            await membership.RequireAsync(caller, new(log.Name), Right.Read, cancellationToken);
            return true;
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    /// <summary>Nothing that others did since, or that the message only refers to.</summary>
    private static MessageResponse Receipt(Entry stored, SendMessageRequest request)
    {
        var said = new MessageState { Text = request.Text, Custom = request.Custom.OrNull(), ThreadOf = request.ThreadOf, Poll = PollRules.Create(request.Poll) };
        return (stored with { Message = said, Rev = stored.Seq, Quoted = null }).ToMessage();
    }
}
