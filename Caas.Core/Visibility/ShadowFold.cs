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
            return Change(state, actor, own => own with { Content = edit.ApplyTo(own.Content ?? state.Content), EditedAt = change.At, Rev = change.Seq });
        }

        var rows = change.Type == EntryTypes.PollVoted ? PollFold.ToRows(message.Seq, state, change) : MessageFolder.ToReaction(message.Seq, change) is { } reaction ? [reaction] : [];
        foreach (var row in rows)
        {
            var seenByOthers = await counted(row.Emoji, row.User);
            state = Change(state, actor, own => own with { Rows = [.. own.Rows.Where(other => other.Key != row.Emoji), new(row.Emoji, row.Seq, row.Removed, seenByOthers)], Rev = change.Seq });
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
        Kept(state.Shadows?.Select(own => new Shadow { UserId = own.UserId, Replies = own.Replies, LastReplyAt = own.LastReplyAt, Rev = own.Rev }));

    /// <summary>A reply that only its sender sees.</summary>
    public static MessageState Reply(MessageState state, Entry reply) => reply.ActorId is not { } actor ? state : Change(
        state,
        actor,
        own => own.Replies.Count >= MostReplies || own.Replies.Contains(reply.Seq) ? own : own with { Replies = [.. own.Replies, reply.Seq], LastReplyAt = reply.At, Rev = reply.Seq });

    /// <summary>A reply was deleted; where it was one that others saw, nothing changes.</summary>
    public static MessageState Unreply(MessageState state, Entry deletion) => !IsUnreply(state, deletion) ? state : state with
    {
        Shadows = Kept(state.Shadows!.Select(own => own.Replies.Contains(deletion.Target) ? own with { Replies = [.. own.Replies.Where(seq => seq != deletion.Target)], Rev = deletion.Seq } : own)),
    };

    /// <summary>After changes were folded: the rev that those are shown who saw not all of them.</summary>
    /// <param name="before">The state before them.</param>
    /// <param name="changes">In their order, at least one.</param>
    public static MessageState Shown(Entry message, MessageState before, MessageState after, IReadOnlyList<Entry> changes)
    {
        var replies = changes.Where(change => change.Shadowed && change.Type == EntryTypes.MessageCreated).Select(change => change.Seq).ToHashSet();
        bool IsHidden(Entry change) => change.Shadowed || (change.Type == EntryTypes.MessageDeleted && (replies.Contains(change.Target) || IsUnreply(before, change)));
        var last = changes.LastOrDefault(change => !IsHidden(change))?.Seq ?? 0;
        return last == changes[^1].Seq ? after with { ShownRev = 0 } : after with { ShownRev = last > 0 ? last : before.ShownRev > 0 ? before.ShownRev : message.Rev };
    }

    private static bool IsUnreply(MessageState state, Entry deletion) => state.Shadows?.Any(own => own.Replies.Contains(deletion.Target)) == true;

    private static MessageState Change(MessageState state, string actor, Func<Shadow, Shadow> change)
    {
        var own = state.Shadows?.FirstOrDefault(shadow => shadow.UserId == actor) ?? new Shadow { UserId = actor };
        return state with { Shadows = Kept([.. state.Shadows?.Where(shadow => shadow.UserId != actor) ?? [], change(own)]) };
    }

    private static Shadow[]? Kept(IEnumerable<Shadow>? shadows) => shadows?.Where(own => !own.IsEmpty).ToArray() is { Length: > 0 } left ? left : null;
}
