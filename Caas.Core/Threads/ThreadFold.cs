using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Messages;

namespace Caas.Core.Threads;

/// <summary>Folds replies, and deletions of replies, into the message that they reply to.</summary>
public sealed class ThreadFold(IThreadStore threads)
{
    /// <summary>How many participants a message names.</summary>
    public const int FirstParticipants = 20;

    /// <summary>How many it knows: as long as there are no more, a reply is added without counting all others.</summary>
    private const int KnownParticipants = 200;

    /// <summary>The message's state after these entries of its thread. A reply whose deletion is among them must be folded already: it is counted as it is marked.</summary>
    /// <param name="changes">Entries of the message's thread that are not folded in yet, ascending.</param>
    /// <remarks>Replies alone are added where that is sure; otherwise all are counted anew, up to the last of these entries: later ones come in a later fold.</remarks>
    public async Task<MessageState> ApplyAsync(Entry root, MessageState state, IReadOnlyList<Entry> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            return state;
        }

        var added = state;
        foreach (var change in changes)
        {
            if (change.Type != EntryTypes.MessageCreated || !TryAdd(added, change, out added))
            {
                var count = await threads.CountAsync(root.Log, root.Seq, changes[^1].Seq, KnownParticipants, cancellationToken);
                return state with { ReplyCount = count.Replies, Thread = count.Summary };
            }
        }

        return added;
    }

    /// <summary>A thread as it is shown.</summary>
    public static ThreadSummary? Shown(ThreadSummary? thread) =>
        thread is { ParticipantIds.Count: > FirstParticipants } ? thread with { ParticipantIds = [.. thread.ParticipantIds.Take(FirstParticipants)] } : thread;

    /// <returns>False: whether the sender has replied before is not known from the state.</returns>
    private static bool TryAdd(MessageState state, Entry reply, out MessageState added)
    {
        var thread = state.Thread ?? new([], 0, reply.At);
        if (reply.ActorId is { } user && !thread.ParticipantIds.Contains(user))
        {
            if (thread.ParticipantCount > thread.ParticipantIds.Count)
            {
                added = state;
                return false;
            }

            thread = thread with
            {
                ParticipantIds = thread.ParticipantIds.Count < KnownParticipants ? [.. thread.ParticipantIds, user] : thread.ParticipantIds,
                ParticipantCount = thread.ParticipantCount + 1,
            };
        }

        added = state with { ReplyCount = state.ReplyCount + 1, Thread = thread with { LastReplyAt = reply.At > thread.LastReplyAt ? reply.At : thread.LastReplyAt } };
        return true;
    }
}
