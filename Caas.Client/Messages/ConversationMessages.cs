using System.Text.Json;
using Caas.Contracts;

namespace Caas.Client;

/// <summary>
/// The messages of one conversation as they are now, kept from its entries alone: what is read of the service at the same moment says the same. It begins with pages that were read, with entries, or
/// with both in any order. Not for use by several threads at once.
/// </summary>
/// <remarks>
/// Every view of a message tells its <see cref="MessageResponse.Rev"/>, and the highest wins. An entry brings the message that it makes or changes, and, where it adds a reply or takes one away, the
/// message that the thread hangs on. What quotes a message follows it. Of a user who was erased the pseudonym is left.
/// </remarks>
public sealed class ConversationMessages
{
    private readonly SortedDictionary<long, MessageResponse> _bySeq = [];
    private readonly Dictionary<string, long> _seqs = new(StringComparer.Ordinal);

    /// <summary>The messages that quote one, by its seq.</summary>
    private readonly Dictionary<long, HashSet<long>> _quoting = [];

    /// <summary>Those who were erased: an older page that is read later may still name them.</summary>
    private readonly List<ErasedUser> _erased = [];

    /// <summary>All that are known, oldest first.</summary>
    public IEnumerable<MessageResponse> All => _bySeq.Values;

    /// <summary>One by its id; null: it is not known.</summary>
    public MessageResponse? Find(string messageId) => _seqs.TryGetValue(messageId, out var seq) ? _bySeq[seq] : null;

    /// <summary>Takes what an entry tells.</summary>
    public void Apply(EntryResponse entry)
    {
        if (entry.Type == EntryTypes.UserErased && entry.Data?.Deserialize(CaasJsonContext.Default.ErasedUser) is { } erased)
        {
            Forget(erased);
        }

        Take(entry.Message);
        Take(entry.Root);
    }

    /// <summary>Takes messages that were read.</summary>
    public void Load(IEnumerable<MessageResponse> messages)
    {
        foreach (var message in messages)
        {
            Take(message);
        }
    }

    private void Forget(ErasedUser erased)
    {
        _erased.Add(erased);
        foreach (var message in _bySeq.Values.ToArray())
        {
            _bySeq[message.Seq] = erased.Forget(message);
        }
    }

    private void Take(MessageResponse? message)
    {
        if (message is null || (_bySeq.TryGetValue(message.Seq, out var known) && known.Rev > message.Rev))
        {
            return;
        }

        message = _erased.Aggregate(message, (one, erased) => erased.Forget(one));
        Keep(message with { Quote = NewestOf(message.Quote) });
        foreach (var seq in _quoting.GetValueOrDefault(message.Seq, []))
        {
            // A deleted message quotes nothing.
            var quoting = _bySeq[seq];
            _bySeq[seq] = quoting.Quote is null ? quoting : quoting with { Quote = MessageQuote.Of(message) };
        }
    }

    private void Keep(MessageResponse message)
    {
        _bySeq[message.Seq] = message;
        _seqs[message.Id] = message.Seq;
        if (message.Quote is { } quote)
        {
            (_quoting.TryGetValue(quote.Seq, out var quoting) ? quoting : _quoting[quote.Seq] = []).Add(message.Seq);
        }
    }

    /// <summary>What is known of the quoted message may be newer than what the quoting one was read with.</summary>
    private MessageQuote? NewestOf(MessageQuote? quote)
    {
        if (quote is null)
        {
            return null;
        }

        if (_bySeq.TryGetValue(quote.Seq, out var quoted) && quoted.Rev >= quote.Rev)
        {
            return MessageQuote.Of(quoted);
        }

        return _quoting.GetValueOrDefault(quote.Seq, []).Select(seq => _bySeq[seq].Quote).OfType<MessageQuote>().Append(quote).MaxBy(one => one.Rev);
    }
}
