using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Messages;
using Caas.Core.Polls;

namespace Caas.Core.Visibility;

/// <summary>Folds what was done while shadow-banned: into what its actor sees of a message, and never into what the others see.</summary>
internal static class ShadowFold
{
    /// <summary>So many of a user's hidden replies are counted for that user in one thread.</summary>
    private const int MostReplies = 1000;

    /// <summary>The state after a change that is shadowed.</summary>
    /// <param name="counted">Whether others see a row of the actor's.</param>
    public static async Task<MessageState> ApplyAsync(Entry message, MessageState state, Entry change, Func<string, UserId, Task<bool>> counted)
    {
        if (state.DeletedAt is not null || change.ActorId is not { } actor)
        {
            return state;
        }

        if (change.Type == EntryTypes.MessageEdited && change.Data?.Deserialize(CoreJsonContext.Default.MessageEditedData) is { } edit)
        {
            return Change(state, actor, own => own with { Content = edit.ApplyTo(own.Content ?? state.Content), EditedAt = change.At });
        }

        var rows = change.Type == EntryTypes.PollVoted ? PollFold.ToRows(message.Seq, state, change) : MessageFolder.ToReaction(message.Seq, change) is { } reaction ? [reaction] : [];
        foreach (var row in rows)
        {
            var seenByOthers = await counted(row.Emoji, row.User);
            state = Change(state, actor, own => own with { Rows = [.. own.Rows.Where(other => other.Key != row.Emoji), new(row.Emoji, row.Seq, row.Removed, seenByOthers)] });
        }

        return state;
    }

    /// <summary>An edit that everybody sees is seen by those too who see another content: what it sets counts.</summary>
    public static MessageState Edited(MessageState state, MessageEditedData edit) =>
        state.Shadows is not { } shadows ? state : state with { Shadows = [.. shadows.Select(own => own.Content is { } content ? own with { Content = edit.ApplyTo(content) } : own)] };

    /// <summary>What a user does in everybody's sight ends what the user alone saw of the same.</summary>
    public static MessageState Forget(MessageState state, string? actor, Func<string, bool> key) =>
        state.Shadows is null || actor is null ? state : Change(state, actor, own => own with { Rows = [.. own.Rows.Where(row => !key(row.Key))] });

    /// <summary>Of a deleted message its sender's view of the thread stays, as the thread does.</summary>
    public static IReadOnlyList<Shadow>? OfDeleted(MessageState state) =>
        Kept(state.Shadows?.Select(own => new Shadow { UserId = own.UserId, Replies = own.Replies, LastReplyAt = own.LastReplyAt }));

    /// <summary>A reply that only its sender sees.</summary>
    public static MessageState Reply(MessageState state, Entry reply) => reply.ActorId is not { } actor ? state : Change(
        state,
        actor,
        own => own.Replies.Count >= MostReplies || own.Replies.Contains(reply.Seq) ? own : own with { Replies = [.. own.Replies, reply.Seq], LastReplyAt = reply.At });

    /// <summary>A reply was deleted; where it was one that others saw, nothing changes.</summary>
    public static MessageState Unreply(MessageState state, long reply) =>
        state.Shadows?.Any(own => own.Replies.Contains(reply)) != true ? state : state with { Shadows = Kept(state.Shadows.Select(own => own with { Replies = [.. own.Replies.Where(seq => seq != reply)] })) };

    private static MessageState Change(MessageState state, string actor, Func<Shadow, Shadow> change)
    {
        var own = state.Shadows?.FirstOrDefault(shadow => shadow.UserId == actor) ?? new Shadow { UserId = actor };
        return state with { Shadows = Kept([.. state.Shadows?.Where(shadow => shadow.UserId != actor) ?? [], change(own)]) };
    }

    private static Shadow[]? Kept(IEnumerable<Shadow>? shadows) => shadows?.Where(own => !own.IsEmpty).ToArray() is { Length: > 0 } left ? left : null;
}
