using Caas.Core.Callers;
using Caas.Core.Members;

namespace Caas.Core.Attachments;

/// <summary>Who may have an attachment: its uploader, the tenant's backend and admins, and those who may read a conversation in which it was sent.</summary>
public sealed class AttachmentAccess(IAttachmentUseStore uses, Membership membership)
{
    public static bool IsMaker(Caller caller, StoredAttachment attachment) => caller.IsSystem || (caller.User is { } user && attachment.Uploader == user);

    public async Task<bool> AllowsAsync(Caller caller, StoredAttachment attachment, CancellationToken cancellationToken)
    {
        if (IsMaker(caller, attachment) || caller.IsTenantAdmin)
        {
            return true;
        }

        var found = await uses.ListAsync(attachment.Tenant, attachment.Id, IAttachmentUseStore.Most, cancellationToken);
        foreach (var conversation in found.Select(use => use.Conversation).Distinct())
        {
            try
            {
                await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
                return true;
            }
            catch (RefusedException)
            {
                // Not here; perhaps in another one.
            }
        }

        return false;
    }
}
