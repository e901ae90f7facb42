using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Json;
using Caas.Core.Messages;
using Caas.Core.Polls;
using Caas.Core.Quotes;

namespace Caas.Core.Entries;

/// <summary>Entries as clients see them: messages in their current state, data without what only the store needs.</summary>
public sealed class EntryViews(IEntryStore entries, MessageFolder folder, QuoteReader quotes)
{
    private const int FirstMembers = 100;

    /// <summary>Shapes a stretch of a conversation's log. The messages that entries change are read once for all of them, and hold at least what these entries say of them.</summary>
    public async Task<IReadOnlyList<EntryResponse>> ShapeAsync(LogId log, IReadOnlyList<Entry> stretch, CancellationToken cancellationToken)
    {
        var known = stretch.Where(entry => entry.Message is not null).ToDictionary(entry => entry.Seq);
        var lastOfThread = stretch.Where(entry => entry.Thread > 0).GroupBy(entry => entry.Thread).ToDictionary(thread => thread.Key, thread => thread.Max(entry => entry.Seq));
        var missing = stretch.Where(entry => entry.Target > 0).Select(entry => entry.Target).Concat(lastOfThread.Keys).Where(seq => !known.ContainsKey(seq)).Distinct().ToArray();
        if (missing.Length > 0)
        {
            foreach (var target in await entries.ReadManyAsync(log, missing, cancellationToken))
            {
                known[target.Seq] = target;
            }
        }

        await CatchUpAsync(log, stretch, known, cancellationToken);
        known = (await quotes.AttachAsync([.. known.Values], cancellationToken)).ToDictionary(message => message.Seq);
        return [.. stretch.Select(entry => Shape(
            entry.Message is null ? entry : known[entry.Seq],
            entry.Target > 0 ? known.GetValueOrDefault(entry.Target) : null,
            entry.Thread > 0 && lastOfThread[entry.Thread] == entry.Seq ? known.GetValueOrDefault(entry.Thread) : null))];
    }

    /// <summary>Shapes one entry.</summary>
    /// <param name="target">The message that it changes, in its current state.</param>
    /// <param name="root">The message whose replies it adds to or takes from, in its current state.</param>
    public static EntryResponse Shape(Entry entry, Entry? target = null, Entry? root = null)
    {
        var message = entry.Message is not null ? entry.ToMessage() : target?.ToMessage();
        var secret = entry.Type == EntryTypes.PollVoted && target?.Message?.Poll is not { Anonymous: false };
        return new(entry.Log.Name, entry.Seq, entry.Type, secret ? null : entry.ActorId, entry.At, secret ? null : entry.ClientMessageId, message, DataOf(entry, target, secret), root?.ToMessage());
    }

    /// <summary>Whoever stored an entry may not have come to fold it: its reader would otherwise have it, and never what it changed.</summary>
    private async Task CatchUpAsync(LogId log, IReadOnlyList<Entry> stretch, Dictionary<long, Entry> known, CancellationToken cancellationToken)
    {
        foreach (var entry in stretch)
        {
            foreach (var seq in new[] { entry.Target, entry.Thread })
            {
                if (seq > 0 && known.TryGetValue(seq, out var behind) && behind.Rev < entry.Seq && await folder.FoldAsync(log, seq, cancellationToken) is { } folded)
                {
                    known[seq] = folded;
                }
            }
        }
    }

    /// <param name="secret">A vote in an anonymous poll, or in one that is gone with its message: who chose what is nobody's to know.</param>
    private static JsonElement? DataOf(Entry entry, Entry? target, bool secret) => entry.Type switch
    {
        EntryTypes.MessageCreated => null,
        EntryTypes.MessageEdited or EntryTypes.MessageDeleted or EntryTypes.MessagePinned or EntryTypes.MessageUnpinned or EntryTypes.MessagePreviewed when target is not null => JsonSerializer.SerializeToElement(new MessageChangedData(target.Id), CoreJsonContext.Default.MessageChangedData),
        EntryTypes.ReactionAdded or EntryTypes.ReactionRemoved when entry.Data is null && target is not null => JsonSerializer.SerializeToElement(new MessageChangedData(target.Id), CoreJsonContext.Default.MessageChangedData),
        EntryTypes.PollVoted when secret => target is null ? null : JsonSerializer.SerializeToElement(new PollVotedData(target.Id, null), CoreJsonContext.Default.PollVotedData),
        EntryTypes.ConversationCreated when entry.Data?.Deserialize(CoreJsonContext.Default.ConversationCreatedData) is { } data =>
            JsonSerializer.SerializeToElement(
                new ConversationCreatedView(data.Type, data.Name, data.Custom, data.Members.Count, [.. data.Members.Take(FirstMembers).Select(member => member.UserId)]),
                CoreJsonContext.Default.ConversationCreatedView),
        _ => entry.Data,
    };
}
