using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Paging;
using Caas.Core.Privacy;

namespace Caas.Core.Receipts;

/// <summary>Members' cursors as one caller may see them.</summary>
public sealed class ReceiptReading(IReceiptStore receipts, IMemberStore members, MessageWriter messages, Membership membership, PrivacyDirectory privacy, BlockDirectory blocks, Cursors cursors)
{
    private const string ListName = "receipts";
    private static readonly PrivacySettings Closed = new(ReadReceipts: false, DeliveryReceipts: false, Typing: false);
    private const string OfMessageName = "message-receipts";

    internal async Task<ReceiptResponse> OwnAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken) =>
        await members.FindAsync(caller.Tenant, conversation, caller.RequireUser(), cancellationToken) is { Removed: false } member
            ? new(member.User.Value, member.DeliveredSeq, member.ReadSeq)
            : throw Refusal.NotAMember.AsException();

    internal async Task<Page<ReceiptResponse>> ListAsync(Caller caller, ConversationId conversation, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(caller.Tenant, ListName, conversation.Value);
        var after = await AfterAsync(list, cursor, cancellationToken);
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var found = await members.ListAsync(caller.Tenant, conversation, after, count + 1, cancellationToken);
        var hiding = await privacy.FindHidingAsync(caller.Tenant, [.. found.Select(member => member.User)], cancellationToken);
        var between = await blocks.FindAsync(caller.Tenant, user, cancellationToken);
        return new(
            [.. found.Take(count).Select(member => Shape(member, between.Between(member.User.Value) ? Closed : member.User == user ? PrivacySettings.Open : hiding.GetValueOrDefault(member.User, PrivacySettings.Open)))],
            found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].User.Value) : null);
    }

    internal async Task<Page<MessageReceiptResponse>> ListOfMessageAsync(Caller caller, ConversationId conversation, string messageId, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(caller.Tenant, OfMessageName, conversation.Value, messageId);
        var after = await AfterAsync(list, cursor, cancellationToken);
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var message = await messages.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken);
        var found = await receipts.ListReachedAsync(message.Log, message.Seq, after, count + 1, cancellationToken);
        var hiding = await privacy.FindHidingAsync(caller.Tenant, [.. found.Select(member => member.User)], cancellationToken);
        var between = await blocks.FindAsync(caller.Tenant, user, cancellationToken);
        return new(
            [.. found.Take(count).Where(member => member.User.Value != message.ActorId && !between.Between(member.User.Value))
                .Select(member => Shape(member, message.Seq, member.User == user ? PrivacySettings.Open : hiding.GetValueOrDefault(member.User, PrivacySettings.Open))).OfType<MessageReceiptResponse>()],
            found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].User.Value) : null);
    }

    internal async Task<UnreadResponse> GetUnreadAsync(Caller caller, CancellationToken cancellationToken)
    {
        var unread = await ListUnreadAsync(caller.Tenant, caller.RequireUser(), cancellationToken);
        return new(
            unread.Sum(conversation => conversation.Unread),
            unread.Where(conversation => conversation.Unread > 0).ToDictionary(conversation => conversation.Id.Value, conversation => conversation.Unread, StringComparer.Ordinal),
            [.. unread.Where(conversation => conversation.MarkedUnread).Select(conversation => conversation.Id.Value)]);
    }

    private async Task<IReadOnlyList<UnreadConversation>> ListUnreadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken)
    {
        var unread = await receipts.ListUnreadAsync(tenant, user, cancellationToken);
        var hiding = await blocks.FindAsync(tenant, user, cancellationToken);
        if (hiding.IsEmpty)
        {
            return unread;
        }

        // What is hidden from the reader is not unread.
        var hidden = await receipts.CountSentAsync([.. unread.Select(one => Hidden(LogId.Of(tenant, one.Id), one))], cancellationToken);
        return [.. unread.Select((one, i) => one with { Unread = Math.Max(0, one.Unread - hidden[i]) })];

        SentStretch Hidden(LogId log, UnreadConversation one) => new(new(log, one.ReadSeq, one.LastSeq), [.. hiding.HiddenIn(log)]);
    }

    private static ReceiptResponse Shape(Member member, PrivacySettings privacy) =>
        new(member.User.Value, privacy.DeliveryReceipts ? member.DeliveredSeq : null, privacy.ReadReceipts ? member.ReadSeq : null);

    /// <returns>Null: the member does not tell.</returns>
    private static MessageReceiptResponse? Shape(MovedCursors member, long seq, PrivacySettings privacy)
    {
        var read = privacy.ReadReceipts && member.ReadSeq >= seq;
        return read || privacy.DeliveryReceipts ? new(member.User.Value, read) : null;
    }

    private async Task<UserId?> AfterAsync(ListScope list, string? cursor, CancellationToken cancellationToken) =>
        await cursors.DecodeAsync(list, cursor, 1, cancellationToken) is [var id] ? new UserId(id) : null;
}
