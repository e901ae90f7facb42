using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Receipts;

namespace Caas.Core.OwnViews;

/// <summary>How the caller sees a conversation: muted, hidden, archived, pinned, marked as unread. The caller's other devices are told.</summary>
public sealed class OwnViewService(IOwnViewStore views, IEntryStore entries, Membership membership, ReceiptMarks marks, ReceiptTelling telling)
{
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public async Task<OwnMemberResponse> UpdateAsync(Caller caller, ConversationId conversation, UpdateOwnViewRequest request, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        if ((await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken)).Member is null)
        {
            throw Refusal.NotAMember.AsException();
        }

        // A mark that waits would take back what is marked as unread after it.
        await marks.FlushAsync(cancellationToken);
        var log = LogId.Of(caller.Tenant, conversation);
        long? hiddenSeq = request.Hidden is not { IsSet: true } hidden ? null : hidden.Value ? (await entries.ReadTailAsync(log, cancellationToken)).Seq : 0;
        var change = new OwnViewChange(Given(request.Muted), hiddenSeq, Given(request.Archived), Given(request.Pinned), Given(request.MarkedUnread));
        var member = await views.ChangeAsync(caller.Tenant, conversation, user, change, cancellationToken) ?? throw Refusal.NotAMember.AsException();
        if (change != new OwnViewChange())
        {
            telling.TellOfView(log, member);
        }

        var newest = member.View.HiddenSeq == 0 ? [] : await entries.ReadMessagesAsync(log, Direction.Older, long.MaxValue, 1, cancellationToken);
        return ConversationViews.ShapeOwn(member, newest is [var last] ? last.Seq : 0);
    }

    private static bool? Given(Optional<bool> field) => field.IsSet ? field.Value : null;
}
