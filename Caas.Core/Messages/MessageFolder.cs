using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.LinkPreviews;
using Caas.Core.Pins;
using Caas.Core.Polls;
using Caas.Core.Reactions;
using Caas.Core.Threads;
using Caas.Core.Visibility;

namespace Caas.Core.Messages;

/// <summary>
/// Folds changes into messages: all entries that target the message, and those of its thread, with seq above its rev, in seq order, by compare-and-set on the rev.
/// Whoever folds, folds everything; so two replicas' changes are never lost, and a crash between append and fold is repaired by whoever comes next.
/// </summary>
public sealed class MessageFolder(IEntryStore entries, IThreadStore threads, ThreadFold replies, IReactionStore reactions, IPinStore pins, IAttachmentUseStore attachments)
{
    /// <summary>How many users a message names per emoji.</summary>
    public const int FirstUsers = 20;

    private const int Batch = 200;

    private readonly SharedFolds _folds = new();

    /// <summary>Brings a message up to date.</summary>
    /// <returns>The message's entry with everything folded in that was appended before the call; null: there is no such message.</returns>
    /// <exception cref="StoreUnavailableException">What was folded stays; fold again.</exception>
    public Task<Entry?> FoldAsync(LogId log, long messageSeq, CancellationToken cancellationToken) =>
        _folds.RunAsync(log, messageSeq, () => FoldNowAsync(log, messageSeq, CancellationToken.None)).WaitAsync(cancellationToken);

    private async Task<Entry?> FoldNowAsync(LogId log, long messageSeq, CancellationToken cancellationToken)
    {
        var reacted = false;
        while (true)
        {
            var found = await entries.ReadManyAsync(log, [messageSeq], cancellationToken);
            if (found is not [{ Message: { } state } message])
            {
                return null;
            }

            var changes = await threads.ReadChangesAsync(log, messageSeq, message.Rev, Batch, cancellationToken);
            if (changes.Count == 0)
            {
                if (reacted && state.DeletedAt is not null)
                {
                    // Somebody else folded the deletion while we wrote rows of before it.
                    await reactions.EraseAsync(log, messageSeq, cancellationToken);
                }

                return message;
            }

            reacted |= changes.Any(change => !change.Shadowed && change.Type is EntryTypes.ReactionAdded or EntryTypes.ReactionRemoved or EntryTypes.PollVoted);
            var folded = await FoldThreadAsync(message, await ApplyAsync(message, state, [.. changes.Where(change => change.Target == messageSeq)], cancellationToken), changes, cancellationToken);
            folded = ShadowFold.Shown(message, state, folded, changes);
            if (await entries.FoldAsync(log, messageSeq, message.Rev, folded, changes[^1].Seq, cancellationToken) && changes.Count < Batch)
            {
                return message with { Message = folded, Rev = changes[^1].Seq };
            }
        }
    }

    /// <summary>Replies to a deleted message still count.</summary>
    private async Task<MessageState> FoldThreadAsync(Entry message, MessageState state, IReadOnlyList<Entry> changes, CancellationToken cancellationToken)
    {
        Entry[] ofThread = [.. changes.Where(change => change.Thread == message.Seq)];
        var unreplied = new List<Entry>();
        foreach (var deletion in ofThread.Where(change => change.Type == EntryTypes.MessageDeleted))
        {
            // Whoever deleted the reply may not have come to fold it: it must not be counted once more.
            await FoldAsync(message.Log, deletion.Target, cancellationToken);
            unreplied.Add(deletion);
        }

        state = ofThread.Where(IsShadowedReply).Aggregate(state, ShadowFold.Reply);
        state = unreplied.Aggregate(state, ShadowFold.Unreply);
        return await replies.ApplyAsync(message, state, [.. ofThread.Where(change => !IsShadowedReply(change))], cancellationToken);
    }

    private async Task<MessageState> ApplyAsync(Entry message, MessageState state, IReadOnlyList<Entry> changes, CancellationToken cancellationToken)
    {
        var reacted = new List<Reaction>();
        Pin? pin = null;
        foreach (var change in changes)
        {
            switch (change.Type)
            {
                case var _ when change.Shadowed:
                    state = await ShadowFold.ApplyAsync(message, state, change, (key, user) => HasRowAsync(message, reacted, key, user, cancellationToken));
                    break;
                case EntryTypes.MessageEdited:
                    state = LinkPreviewFold.Keep(Edit(state, change));
                    break;
                case EntryTypes.MessagePreviewed:
                    state = LinkPreviewFold.Apply(state, change);
                    break;
                case EntryTypes.MessageDeleted:
                    pin = UnpinDeleted(message, state, change, pin);
                    state = state.DeletedAt is null ? new() { ThreadOf = state.ThreadOf, ReplyCount = state.ReplyCount, Thread = state.Thread, EditedAt = state.EditedAt, DeletedAt = change.At, Shadows = ShadowFold.OfDeleted(state) } : state;
                    break;
                case EntryTypes.ReactionAdded or EntryTypes.ReactionRemoved when ToReaction(message.Seq, change) is { } reaction:
                    reacted.Add(reaction);
                    state = ShadowFold.Forget(state, change.ActorId, key => key == reaction.Emoji);
                    break;
                case EntryTypes.PollVoted:
                    state = ShadowFold.Forget(state, change.ActorId, PollFold.IsVote);
                    reacted.AddRange(PollFold.ToRows(message.Seq, state, change));
                    break;
                case EntryTypes.PollClosed when state.Poll is { ClosedAt: null } poll:
                    state = state with { Poll = poll with { ClosedAt = change.At } };
                    break;
                case EntryTypes.MessagePinned or EntryTypes.MessageUnpinned when state.DeletedAt is null:
                    pin = new(message.Seq, change.ActorId is { } actor ? new UserId(actor) : null, change.Seq, change.Type == EntryTypes.MessageUnpinned);
                    state = state with { PinnedAt = pin.Removed ? null : change.At };
                    break;
            }
        }

        if (pin is not null)
        {
            // The latest entry wins, so whoever else folds, and however late, changes nothing of it.
            await pins.ApplyAsync(message.Log, pin, cancellationToken);
        }

        if (state.DeletedAt is { } deletedAt && changes.Count > 0)
        {
            // Before the fold: a crash in between repeats it, for the rev still stands.
            await entries.EraseChangesAsync(message.Log, message.Seq, cancellationToken);
            await reactions.EraseAsync(message.Log, message.Seq, cancellationToken);
            if (MayReferToFiles(message.Message!, changes))
            {
                await attachments.ReleaseAsync(message.Log.Tenant, new(message.Log.Name), message.Id, deletedAt, cancellationToken);
            }

            return state;
        }

        if (reacted.Count == 0)
        {
            return state;
        }

        // The rows are the truth of who reacted, the latest entry wins; counting them anew is right whoever else folds.
        await reactions.ApplyAsync(message.Log, reacted, cancellationToken);
        return PollFold.Count(state, await reactions.SummarizeAsync(message.Log, message.Seq, FirstUsers, cancellationToken));
    }

    private static bool IsShadowedReply(Entry change) => change.Shadowed && change.Type == EntryTypes.MessageCreated;

    /// <summary>Whether others see a reaction or vote of a user's.</summary>
    /// <param name="pending">Rows that are not written yet.</param>
    private async Task<bool> HasRowAsync(Entry message, List<Reaction> pending, string key, UserId user, CancellationToken cancellationToken) =>
        (pending.LastOrDefault(row => row.Emoji == key && row.User == user) ?? await reactions.FindAsync(message.Log, message.Seq, key, user, cancellationToken)) is { Removed: false };

    /// <summary>Whether the message can ever have referred to an uploaded file. What an edit put in and another took out again is not to be seen here, so one that was edited may have.</summary>
    private static bool MayReferToFiles(MessageState before, IReadOnlyList<Entry> changes) =>
        before.DeletedAt is not null || before.EditedAt is not null || before.Shadows is not null || before.Attachments.Any(attachment => attachment.AttachmentId is not null) || changes.Any(change => change.Type == EntryTypes.MessageEdited);

    /// <summary>A deleted message loses its pin. One that was unpinned before and folded has its row already; one that never was pinned needs none.</summary>
    private static Pin? UnpinDeleted(Entry message, MessageState state, Entry deletion, Pin? pin) =>
        state.DeletedAt is null && (pin is not null || state.PinnedAt is not null) ? new(message.Seq, By: null, deletion.Seq, Removed: true) : pin;

    private static MessageState Edit(MessageState state, Entry change)
    {
        // Without data the edit was erased: a delete follows it in the log.
        if (state.DeletedAt is not null || change.Data?.Deserialize(CoreJsonContext.Default.MessageEditedData) is not { } data)
        {
            return state;
        }

        var current = state.Content;
        var edited = data.ApplyTo(current);
        return ShadowFold.Edited(state, data) with
        {
            Original = state.Original ?? current,
            Text = edited.Text,
            Attachments = edited.Attachments,
            Mentions = edited.Mentions,
            TextMentions = edited.TextMentions,
            MentionsHere = edited.MentionsHere,
            MentionsChannel = edited.MentionsChannel,
            Custom = edited.Custom,
            EditedAt = change.At,
        };
    }

    internal static Reaction? ToReaction(long messageSeq, Entry change) =>
        change.ActorId is { } actor && change.Data?.Deserialize(CoreJsonContext.Default.ReactionData) is { } data
            ? new(messageSeq, data.Emoji, new(actor), change.Seq, change.Type == EntryTypes.ReactionRemoved)
            : null;
}
