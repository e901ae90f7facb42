using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Threads;

namespace Caas.Core.Messages;

/// <summary>A message as clients see it.</summary>
public static class MessageViews
{
    /// <param name="entry">The message's own entry (<see cref="EntryTarget.Message"/>); of a quoting one, with what it quotes.</param>
    public static MessageResponse ToMessage(this Entry entry)
    {
        var state = entry.Message ?? throw new ArgumentException("The entry is not a message.", nameof(entry));
        return new(
            entry.Id,
            entry.Log.Name,
            entry.Seq,
            entry.ActorId,
            state.Text,
            state.Attachments,
            state.TextMentions is null ? state.Mentions : [.. state.Mentions.Union(state.TextMentions, StringComparer.Ordinal)],
            state.ThreadOf,
            state.ReplyCount,
            state.Reactions,
            state.Custom,
            entry.Rev,
            entry.At,
            state.EditedAt,
            state.DeletedAt,
            state.PinnedAt,
            entry.ClientMessageId,
            ThreadFold.Shown(state.Thread),
            QuoteOf(entry),
            state.MentionsHere,
            state.MentionsChannel,
            state.Poll,
            state.LinkPreviews);
    }

    private static MessageQuote? QuoteOf(Entry entry) => entry.Quoted is { Message: { } state } quoted
        ? MessageQuote.Of(quoted.Id, quoted.Seq, quoted.ActorId, state.Text, state.Attachments.Count, quoted.At, state.DeletedAt, quoted.Rev)
        : null;
}
