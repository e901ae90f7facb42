using Caas.Core.Attachments;
using Caas.Core.Calls;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Presence;

namespace Caas.Core.Erasure;

/// <summary>One pass over everything that is kept of a user. What is done already is found no more, so a pass that broke off is gone on with by the next.</summary>
public sealed class UserEraser(IErasureStore store, IUserTraceStore traces, ConversationFarewell farewell, LogRewriter rewriter, ErasedBesides besides)
{
    /// <exception cref="RefusedException">Something is out of reach; try again.</exception>
    public async Task PassAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        await besides.Files.RemoveAsync(erasure, cancellationToken);
        await besides.Presence.ForgetAsync(erasure, cancellationToken);
        await besides.Calls.RewriteAsync(erasure, cancellationToken);

        // Before messages are folded again, which counts these rows.
        await store.ReplaceAsync(erasure, last: false, cancellationToken);
        ConversationId? after = null;
        do
        {
            var found = await traces.FindConversationsAsync(erasure.Tenant, erasure.User, after, cancellationToken);
            foreach (var id in found.Conversations)
            {
                await rewriter.RewriteAsync(erasure, LogId.Of(erasure.Tenant, id), await farewell.SayAsync(erasure, id, cancellationToken), cancellationToken);
                await besides.Flags.RewriteAsync(erasure, id, cancellationToken);
            }

            after = found.Next;
        }
        while (after is not null);

        await rewriter.RewriteAsync(erasure, LogId.OfTenant(erasure.Tenant), erasedSeq: 0, cancellationToken);
        foreach (var other in await store.FindNamingAsync(erasure, cancellationToken))
        {
            await rewriter.RewriteAsync(erasure, LogId.OfUser(erasure.Tenant, other), erasedSeq: 0, cancellationToken);
        }

        var own = LogId.OfUser(erasure.Tenant, erasure.User);
        await store.ClearAsync(own, SystemEntryTypes.UserErasing, cancellationToken);
        await rewriter.RenameActorAsync(erasure, own, cancellationToken);
        await store.ReplaceAsync(erasure, last: true, cancellationToken);
    }
}

/// <summary>What is kept of users beside logs and rows.</summary>
public sealed record ErasedBesides(ErasedFiles Files, ErasedPresence Presence, ErasedCalls Calls, ErasedFlags Flags);

/// <summary>Calls that the user was in, in the list of calls. One that goes on is met when it has ended.</summary>
public sealed class ErasedCalls(ICallRecordStore calls)
{
    private const int Page = 200;

    public async Task RewriteAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        string Name(string user) => user == erasure.User.Value ? erasure.Pseudonym : user;
        for (string? before = null; await calls.ListAsync(erasure.Tenant, erasure.User, conversation: null, before, Page, cancellationToken) is { Count: > 0 } page; before = page[^1].Id)
        {
            foreach (var call in page)
            {
                await calls.SaveAsync(call with { StartedBy = Name(call.StartedBy), Participants = [.. call.Participants.Select(participant => participant with { UserId = Name(participant.UserId) })] }, cancellationToken);
            }
        }
    }
}

/// <summary>What an erased user uploaded: the files first, then what names them.</summary>
public sealed class ErasedFiles(IAttachmentStore attachments, IAttachmentFiles files)
{
    private const int Page = 200;

    public async Task RemoveAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        while (await attachments.ListByUploaderAsync(erasure.Tenant, erasure.User, after: null, Page, cancellationToken) is { Count: > 0 } some)
        {
            foreach (var attachment in some)
            {
                await files.DeleteAsync(erasure.Tenant, attachment.Id, cancellationToken);
                await attachments.RemoveAsync(erasure.Tenant, attachment.Id, cancellationToken);
            }
        }
    }
}

/// <summary>What the directory of presence keeps of an erased user; the store's rows go with the others.</summary>
public sealed class ErasedPresence(IPresenceDirectory directory, PresenceAnnouncer announcer)
{
    public async Task ForgetAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        if (await directory.ForgetAsync(erasure.Tenant, erasure.User, cancellationToken) is { } change)
        {
            await announcer.AnnounceAsync([change], cancellationToken);
        }
    }
}
