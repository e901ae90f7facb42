using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Messages;

namespace Caas.Core.Conversations;

/// <summary>Conversations as their members see them.</summary>
public sealed class ConversationViews(IEntryStore entries, IMemberStore members)
{
    /// <summary>Counting unread messages stops here.</summary>
    public const int MostUnread = 10_000;

    /// <summary>Shapes a conversation from its summary: for lists, which follow the log within a second.</summary>
    public Task<ConversationResponse> ShapeAsync(Conversation conversation, Member? me, CancellationToken cancellationToken) =>
        ShapeAsync(conversation, me, conversation.Summary.LastSeq, conversation.Summary.LastMessageSeq, cancellationToken);

    /// <summary>Shapes a conversation from its log as it is now.</summary>
    public async Task<ConversationResponse> ShapeFreshAsync(Caller caller, Conversation conversation, CancellationToken cancellationToken)
    {
        var me = caller.User is { } user && await members.FindAsync(caller.Tenant, conversation.Id, user, cancellationToken) is { Removed: false } member ? member : null;
        var tail = await entries.ReadTailAsync(conversation.Log, cancellationToken);
        var newest = await entries.ReadMessagesAsync(conversation.Log, Direction.Older, tail.Seq + 1, 1, cancellationToken);
        return await ShapeAsync(conversation, me, Math.Max(tail.Seq, conversation.Rev), newest is [var last] ? last.Seq : 0, cancellationToken);
    }

    /// <summary>How many messages of others a member has not read; of those sent before it joined, none.</summary>
    /// <param name="lastMessageSeq">The newest message's seq: nothing is counted when that was read.</param>
    public async Task<long> CountUnreadAsync(LogId log, Member me, long lastMessageSeq, CancellationToken cancellationToken)
    {
        var read = Math.Max(me.ReadSeq, me.JoinedSeq);
        return lastMessageSeq <= read ? 0 : await entries.CountMessagesAsync(log, read, me.User.Value, MostUnread, cancellationToken);
    }

    /// <summary>A member as clients see it.</summary>
    public static MemberResponse Shape(Member member) => new(member.User.Value, member.Role, member.JoinedAt);

    private async Task<ConversationResponse> ShapeAsync(Conversation conversation, Member? me, long lastSeq, long lastMessageSeq, CancellationToken cancellationToken)
    {
        var last = lastMessageSeq > 0 ? await entries.ReadManyAsync(conversation.Log, [lastMessageSeq], cancellationToken) : [];
        var lastMessage = last is [{ Message: not null } message] ? message.ToMessage() : null;
        long? unread = me is null ? null : await CountUnreadAsync(conversation.Log, me, lastMessageSeq, cancellationToken);
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
            me is null ? null : Shape(me));
    }
}
