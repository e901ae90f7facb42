using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Quotes;
using Caas.Core.Receipts;
using Caas.Core.Visibility;

namespace Caas.Core.Conversations;

/// <summary>Conversations as their members see them.</summary>
public sealed class ConversationViews(IEntryStore entries, QuoteReader quotes, IMemberStore members, UnreadCounter unreads, Viewers viewers)
{
    /// <summary>Shapes conversations from their summaries: for lists, which follow the log within a second.</summary>
    /// <param name="conversations">All of one tenant.</param>
    public async Task<IReadOnlyList<ConversationResponse>> ShapeAsync(Caller caller, IReadOnlyList<(Conversation Conversation, Member? Me)> conversations, CancellationToken cancellationToken)
    {
        var viewer = await viewers.OfAsync(caller, cancellationToken);
        var unread = new Queue<long>(await unreads.CountAsync([.. conversations.Where(one => one.Me is not null).Select(one => (one.Conversation, one.Me!))], viewer.Blocks, cancellationToken));
        var lastMessages = conversations.Count == 0 ? [] : (await quotes.AttachAsync(
            await entries.ReadManyAsync(
                conversations[0].Conversation.Tenant,
                [.. conversations.Where(one => one.Conversation.Summary.LastMessageSeq > 0).Select(one => (one.Conversation.Log, one.Conversation.Summary.LastMessageSeq))],
                cancellationToken),
            cancellationToken)).ToDictionary(message => message.Log);
        var shaped = new List<ConversationResponse>(conversations.Count);
        foreach (var (conversation, me) in conversations)
        {
            var last = await viewers.ShowNewestAsync(viewer, lastMessages.GetValueOrDefault(conversation.Log), cancellationToken);
            shaped.Add(Shape(conversation, me, conversation.Summary.LastSeq, last, me is null ? null : unread.Dequeue()));
        }

        return shaped;
    }

    /// <summary>Shapes a conversation from its log as it is now.</summary>
    public async Task<ConversationResponse> ShapeFreshAsync(Caller caller, Conversation conversation, CancellationToken cancellationToken)
    {
        var me = caller.User is { } user && await members.FindAsync(caller.Tenant, conversation.Id, user, cancellationToken) is { Removed: false } member ? member : null;
        var tail = await entries.ReadTailAsync(conversation.Log, cancellationToken);
        var newest = await entries.ReadMessagesAsync(conversation.Log, Direction.Older, tail.Seq + 1, 1, cancellationToken);
        var viewer = await viewers.OfAsync(caller, cancellationToken);
        long? unread = me is null ? null : (await unreads.CountAsync(conversation.Log, tail, conversation.Summary.LastSeq, [me], _ => viewer.Blocks, cancellationToken))[0];
        return Shape(conversation, me, Math.Max(tail.Seq, conversation.Rev), await viewers.ShowNewestAsync(viewer, newest is [var last] ? await quotes.AttachAsync(last, cancellationToken) : null, cancellationToken), unread);
    }

    /// <summary>A member as clients see it.</summary>
    public static MemberResponse Shape(Member member) => new(member.User.Value, member.Role, member.JoinedAt);

    /// <summary>A member as it sees itself.</summary>
    /// <param name="lastMessageSeq">The newest message; 0: none.</param>
    public static OwnMemberResponse ShapeOwn(Member member, long lastMessageSeq) => new(
        member.User.Value, member.Role, member.JoinedAt, member.DeliveredSeq, member.ReadSeq,
        member.View.Muted, member.View.IsHidden(lastMessageSeq), member.View.Archived, member.View.Pinned, member.View.MarkedUnread);

    private static ConversationResponse Shape(Conversation conversation, Member? me, long lastSeq, MessageResponse? lastMessage, long? unread)
    {
        return new(
            conversation.Id.Value,
            conversation.Type,
            conversation.Name,
            conversation.Custom,
            conversation.CreatedBy,
            conversation.CreatedAt,
            conversation.UpdatedAt,
            lastMessage is { } sent && sent.CreatedAt > conversation.Summary.LastActivityAt ? sent.CreatedAt : conversation.Summary.LastActivityAt,
            conversation.MemberCount,
            lastSeq,
            lastMessage,
            unread,
            me is null ? null : ShapeOwn(me, lastMessage?.Seq ?? 0),
            conversation.Frozen,
            conversation.SlowModeSeconds);
    }
}
