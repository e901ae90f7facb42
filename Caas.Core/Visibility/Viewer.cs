using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Entries;
using Caas.Core.Messages;

namespace Caas.Core.Visibility;

/// <summary>What one reader may see of conversations that it may read at all.</summary>
/// <param name="User">Null: the tenant's backend, from which nothing is hidden.</param>
public sealed record Viewer(UserId? User, BlockSet Blocks)
{
    public static readonly Viewer Everything = new(null, BlockSet.None);

    /// <summary>Whether the reader may see a message.</summary>
    /// <param name="message">The message's own entry.</param>
    public bool Sees(Entry message) => !Blocks.Hides(message.Log, message.ActorId);

    /// <summary>A message that the reader may see, as it gets it: without the quote of one that it may not.</summary>
    public MessageResponse Show(Entry message) => (message.Quoted is { } quoted && !Sees(quoted) ? message with { Quoted = null } : message).ToMessage();

    /// <summary>An entry as the reader gets it: as it is, or only its seq. An entry that changes a message is seen by those who see the message; a reply to a message that is hidden is seen without that.</summary>
    public EntryResponse Show(LogId log, EntryResponse entry) =>
        Blocks.Hides(log, entry.Message?.SenderId)
            ? Hidden(entry.ConversationId, entry.Seq)
            : entry.Message is null ? entry : Strip(log, entry);

    private EntryResponse Strip(LogId log, EntryResponse entry)
    {
        var (message, root) = (WithoutHiddenQuote(log, entry.Message), Blocks.Hides(log, entry.Root?.SenderId) ? null : WithoutHiddenQuote(log, entry.Root));
        return ReferenceEquals(message, entry.Message) && ReferenceEquals(root, entry.Root) ? entry : entry with { Message = message, Root = root };
    }

    private MessageResponse? WithoutHiddenQuote(LogId log, MessageResponse? message) => message?.Quote is { } quote && Blocks.Hides(log, quote.SenderId) ? message with { Quote = null } : message;

    /// <summary>What a reader gets of an entry that it may not see: the log stays dense for everyone.</summary>
    public static EntryResponse Hidden(string conversationId, long seq) => new(conversationId, seq, EntryTypes.Hidden, null, null, null);
}
