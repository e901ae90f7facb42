using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Members;
using Caas.Core.Messages;

namespace Caas.Core.Erasure;

/// <summary>What everyone is told of an erasure in one conversation, by entries: the user's messages are deleted, the user is no longer a member, and the id is to be forgotten.</summary>
public sealed class ConversationFarewell(IUserTraceStore traces, MessageWriter messages, IMemberStore members, Succession succession, ConversationWriter writer, ErasureMetrics metrics)
{
    private const int Page = 200;

    /// <returns>The <c>user.erased</c> entry, the same however often it is said; null: there is no such conversation.</returns>
    public async Task<Entry?> SayAsync(UserErasure erasure, ConversationId id, CancellationToken cancellationToken)
    {
        var platform = Caller.Platform(erasure.Tenant);
        await DeleteMessagesAsync(platform, erasure, LogId.Of(erasure.Tenant, id), cancellationToken);
        if (await writer.FoldAsync(erasure.Tenant, id, cancellationToken) is not { } conversation)
        {
            return null;
        }

        if (conversation.DeletedAt is null && await members.FindAsync(erasure.Tenant, id, erasure.User, cancellationToken) is { Removed: false } member)
        {
            await succession.RemoveAsync(platform, member, leaves: true, cancellationToken);
        }

        var told = new ErasedUser(erasure.User.Value, erasure.Pseudonym);
        var (entry, _) = await writer.WriteAsync(platform, id, EntryTypes.UserErased, told, CaasJsonContext.Default.ErasedUser, $"$erased:{erasure.Pseudonym}", cancellationToken);
        return entry;
    }

    private async Task DeleteMessagesAsync(Caller platform, UserErasure erasure, LogId log, CancellationToken cancellationToken)
    {
        for (long? after = 0; after is { } from;)
        {
            var page = await traces.ReadByActorAsync(log, erasure.User, from, Page, cancellationToken);
            foreach (var message in page.Entries.Where(entry => entry.Message is { DeletedAt: null }))
            {
                await messages.DeleteAsync(platform, message, cancellationToken);
                metrics.Deleted();
            }

            after = page.Next;
        }
    }
}
