namespace Caas.Core.Conversations;

/// <summary>
/// Which conversation two people have. Its id follows from the two of them and a generation, which a deletion raises: ids of deleted conversations are never given again, but the
/// people must not be locked out. Generation n + 1 begins only once n is deleted, so that what is deleted is always a stretch from 1 on.
/// </summary>
public sealed class DirectConversations(ConversationWriter writer)
{
    /// <summary>The first generation that is not deleted.</summary>
    /// <returns>Its id, and the conversation; null: it is still to be made.</returns>
    public async Task<(ConversationId Id, Conversation? Conversation)> FindAsync(TenantId tenant, UserId one, UserId other, CancellationToken cancellationToken)
    {
        var (deleted, step) = (0, 1);
        while (true)
        {
            // Strides double while what they find is deleted, and begin anew where they went too far: pairs that were deleted a thousand times cost twenty looks, not a thousand.
            var id = ConversationRules.DirectId(one, other, deleted + step);
            var found = await writer.FoldAsync(tenant, id, cancellationToken);
            if (found?.DeletedAt is not null)
            {
                (deleted, step) = (deleted + step, step * 2);
            }
            else if (step == 1)
            {
                return (id, found);
            }
            else
            {
                step /= 2;
            }
        }
    }
}
