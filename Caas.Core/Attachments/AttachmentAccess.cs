using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Visibility;

namespace Caas.Core.Attachments;

/// <summary>Who may have an attachment: its uploader, the tenant's backend and admins, and those who may see a message with which it was sent.</summary>
public sealed class AttachmentAccess(IAttachmentUseStore uses, Membership membership, IEntryStore entries, Viewers viewers)
{
    public static bool IsMaker(Caller caller, StoredAttachment attachment) => caller.IsSystem || (caller.User is { } user && attachment.Uploader == user);

    public async Task<bool> AllowsAsync(Caller caller, StoredAttachment attachment, CancellationToken cancellationToken)
    {
        if (IsMaker(caller, attachment) || caller.IsTenantAdmin)
        {
            return true;
        }

        var found = await uses.ListAsync(attachment.Tenant, attachment.Id, IAttachmentUseStore.Most, cancellationToken);
        var viewer = await viewers.OfAsync(caller, cancellationToken);
        foreach (var sent in found.GroupBy(use => use.Conversation, use => use.MessageId))
        {
            if (!await ReadsAsync(caller, sent.Key, cancellationToken))
            {
                continue;
            }

            foreach (var messageId in sent)
            {
                if (await entries.FindAsync(LogId.Of(attachment.Tenant, sent.Key), messageId, cancellationToken) is { Message.DeletedAt: null } message && viewer.Sees(message) && IsShown(attachment, message, viewer))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>What a shadow-banned user put into a message of before is only in what that user sees of it. Of what everybody edits, earlier versions count too.</summary>
    private static bool IsShown(StoredAttachment attachment, Entry message, Viewer viewer) =>
        message.Message!.Shadows?.Any(own => own.Content is not null) != true || message.SeenBy(viewer.User).Message!.Attachments.Any(shown => shown.AttachmentId == attachment.Id);

    private async Task<bool> ReadsAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken)
    {
        try
        {
            await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
            return true;
        }
        catch (RefusedException)
        {
            // Not here; perhaps in another one.
            return false;
        }
    }
}
