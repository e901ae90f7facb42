using Caas.Core.Attachments;
using Caas.Core.Calls;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Presence;

namespace Caas.Core.Erasure;

/// <summary>
/// One pass over everything that is kept of a user. What is done already is found no more, so a pass that broke off is gone on with by the next. The second looks where the first was, too: there the
/// user stands under the pseudonym, and what others' calls brought back is behind what the first pass read.
/// </summary>
public sealed class UserEraser(IErasureStore store, IUserTraceStore traces, ConversationFarewell farewell, LogRewriter rewriter, IEnumerable<IErasedPlace> places)
{
    /// <exception cref="RefusedException">Something is out of reach; try again.</exception>
    public async Task PassAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        foreach (var place in places)
        {
            await place.EraseAsync(erasure, cancellationToken);
        }

        // Before messages are folded again, which counts these rows.
        await store.ReplaceAsync(erasure, last: false, cancellationToken);
        await PassConversationsAsync(erasure, erasure.User, cancellationToken);
        if (erasure.PassedAt is not null)
        {
            await PassConversationsAsync(erasure, new(erasure.Pseudonym), cancellationToken);
        }

        await rewriter.RewriteAsync(erasure, LogId.OfTenant(erasure.Tenant), cancellationToken);
        foreach (var other in await store.FindNamingAsync(erasure, cancellationToken))
        {
            await rewriter.RewriteAsync(erasure, LogId.OfUser(erasure.Tenant, other), cancellationToken);
        }

        var own = LogId.OfUser(erasure.Tenant, erasure.User);
        await store.ClearAsync(own, SystemEntryTypes.UserErasing, cancellationToken);
        await rewriter.RenameActorAsync(erasure, own, cancellationToken);
        await store.ReplaceAsync(erasure, last: true, cancellationToken);
    }

    /// <param name="name">Under which the user is looked for.</param>
    private async Task PassConversationsAsync(UserErasure erasure, UserId name, CancellationToken cancellationToken)
    {
        ConversationId? after = null;
        do
        {
            var found = await traces.FindConversationsAsync(erasure.Tenant, name, after, cancellationToken);
            foreach (var id in found.Conversations)
            {
                await rewriter.RewriteAsync(erasure, LogId.Of(erasure.Tenant, id), cancellationToken, await farewell.SayAsync(erasure, id, cancellationToken));
            }

            after = found.Next;
        }
        while (after is not null);
    }
}

/// <summary>Calls that the user was in: in the list of calls, and those that go on, whose end is to name the pseudonym.</summary>
public sealed class ErasedCalls(ICallRecordStore calls, ICallDirectory directory, CallChanges changes, IUserTraceStore traces) : IErasedPlace
{
    private const int Page = 200;

    public async Task EraseAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        string Name(string user) => user == erasure.User.Value ? erasure.Pseudonym : user;
        for (string? before = null; await calls.ListAsync(erasure.Tenant, erasure.User, conversation: null, before, Page, cancellationToken) is { Count: > 0 } page; before = page[^1].Id)
        {
            foreach (var call in page)
            {
                await (call.EndedAt is null ? changes.RenameAsync(new(call.Tenant, call.Id), erasure.User, erasure.Pseudonym, cancellationToken) : Task.CompletedTask);
                await calls.SaveAsync(call with { StartedBy = Name(call.StartedBy), Participants = [.. call.Participants.Select(participant => participant with { UserId = Name(participant.UserId) })] }, cancellationToken);
            }
        }

        await RenameInAsync(erasure, erasure.User, cancellationToken);
        await (erasure.PassedAt is null ? Task.CompletedTask : RenameInAsync(erasure, new(erasure.Pseudonym), cancellationToken));
    }

    /// <summary>The calls that go on in the user's conversations: who was called to one later stands in no list yet.</summary>
    /// <param name="name">Under which the user is looked for.</param>
    private async Task RenameInAsync(UserErasure erasure, UserId name, CancellationToken cancellationToken)
    {
        ConversationId? after = null;
        do
        {
            var found = await traces.FindConversationsAsync(erasure.Tenant, name, after, cancellationToken);
            foreach (var conversation in found.Conversations)
            {
                if (await directory.FindInAsync(erasure.Tenant, conversation, cancellationToken) is { } call)
                {
                    await changes.RenameAsync(new(erasure.Tenant, call), erasure.User, erasure.Pseudonym, cancellationToken);
                }
            }

            after = found.Next;
        }
        while (after is not null);
    }
}

/// <summary>
/// What an erased user uploaded: the files first, then whose they were. A link to upload to a bucket stays good until it ends, whatever becomes of the user: what arrives by then is swept.
/// </summary>
public sealed class ErasedFiles(IAttachmentStore attachments, IAttachmentFiles files, AttachmentContext context) : IErasedPlace
{
    private const int Page = 200;

    public async Task EraseAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        while (await attachments.ListByUploaderAsync(erasure.Tenant, erasure.User, after: null, Page, cancellationToken) is { Count: > 0 } some)
        {
            foreach (var attachment in some)
            {
                await files.DeleteAsync(erasure.Tenant, attachment.Id, cancellationToken);
                await attachments.ForgetAsync(erasure.Tenant, attachment.Id, context.Clock.GetUtcNow() + context.Options.Value.UploadExpiry + AttachmentService.LastUpload, cancellationToken);
            }
        }
    }
}

/// <summary>What the directory of presence keeps of an erased user; the store's rows go with the others.</summary>
public sealed class ErasedPresence(IPresenceDirectory directory, PresenceAnnouncer announcer) : IErasedPlace
{
    public async Task EraseAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        if (await directory.ForgetAsync(erasure.Tenant, erasure.User, cancellationToken) is { } change)
        {
            await announcer.AnnounceAsync([change], cancellationToken);
        }
    }
}
