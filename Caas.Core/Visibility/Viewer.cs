using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Messages;

namespace Caas.Core.Visibility;

/// <summary>What one reader may see of conversations that it may read at all.</summary>
/// <param name="User">Null: nobody in particular.</param>
/// <param name="SeesAll">The tenant's backend, from which nothing is hidden: it is told what is from others.</param>
public sealed record Viewer(UserId? User, BlockSet Blocks, bool SeesAll = false)
{
    public static readonly Viewer Everything = new(null, BlockSet.None, SeesAll: true);

    /// <summary>Somebody who blocks nobody and is not shadow-banned.</summary>
    public static readonly Viewer Anybody = new(null, BlockSet.None);

    /// <summary>Whether the reader may see a message.</summary>
    /// <param name="message">The message's own entry.</param>
    public bool Sees(Entry message) => SeesAll || (Gets(message) && !Blocks.Hides(message.Log, message.ActorId));

    /// <summary>A message that the reader may see, as the reader gets it: without the quote of one that it may not, and as a shadow-banned user made it for itself.</summary>
    public MessageResponse Show(Entry message)
    {
        if (SeesAll)
        {
            return message.Shadowed ? message.ToMessage() with { Shadowed = true } : message.ToMessage();
        }

        var shown = message.Quoted is { } quoted ? message with { Quoted = Sees(quoted) ? quoted.SeenBy(User) : null } : message;
        return shown.SeenBy(User).ToMessage();
    }

    /// <summary>An entry as the reader gets it: as it is, or only its seq. An entry that changes a message is seen by those who see the message; a reply to a message that is hidden is seen without that.</summary>
    public EntryResponse Show(ShapedEntry shaped)
    {
        var (entry, message) = (shaped.Entry, shaped.Message);
        if (!Gets(entry) || (message is not null && !Sees(message)))
        {
            return Hidden(entry.Log.Name, entry.Seq);
        }

        var shown = shaped.With(message is null ? null : Show(message), shaped.Root is { } root && Sees(root) ? Show(root) : null);
        return SeesAll && (entry.Shadowed || message?.Shadowed == true) ? shown with { Shadowed = true } : shown;
    }

    /// <summary>A page of entries as the reader gets it: of the entries that it may see, the last of each thread has the message that the thread hangs on.</summary>
    public IReadOnlyList<EntryResponse> Show(IReadOnlyList<ShapedEntry> page)
    {
        var (shown, told) = (new EntryResponse[page.Count], new HashSet<long>());
        for (var i = page.Count - 1; i >= 0; i--)
        {
            var entry = Show(page[i]);
            shown[i] = entry.Root is { } root && !told.Add(root.Seq) ? entry with { Root = null } : entry;
        }

        return shown;
    }

    /// <summary>What goes to those who watch.</summary>
    public static DeliveredEntry Deliver(ShapedEntry shaped)
    {
        var concerned = shaped.Concerned;
        return new(Anybody.Show(shaped), concerned.Count == 0 ? null : [.. concerned.Select(user => new OwnEntry(user, new Viewer(new UserId(user), BlockSet.None).Show(shaped)))]);
    }

    /// <summary>An entry on its way to a reader as it gets it who blocks or is blocked.</summary>
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

    /// <summary>Whether the reader gets what a user did, as far as shadow bans go.</summary>
    public bool Gets(Entry entry) => SeesAll || !entry.IsHidden || (User is { } user && entry.ActorId == user.Value);

    /// <summary>What a reader gets of an entry that it may not see: the log stays dense for everyone.</summary>
    public static EntryResponse Hidden(string conversationId, long seq) => new(conversationId, seq, EntryTypes.Hidden, null, null, null);
}
