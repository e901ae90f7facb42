using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Json;
using Caas.Core.Messages;

namespace Caas.Core.Entries;

/// <summary>Entries as clients see them: messages in their current state, data without what only the store needs.</summary>
public sealed class EntryViews(IEntryStore entries)
{
    private const int FirstMembers = 100;

    /// <summary>Shapes a stretch of a conversation's log. The messages that entries change are read once for all of them.</summary>
    public async Task<IReadOnlyList<EntryResponse>> ShapeAsync(LogId log, IReadOnlyList<Entry> stretch, CancellationToken cancellationToken)
    {
        var known = stretch.Where(entry => entry.Message is not null).ToDictionary(entry => entry.Seq);
        var missing = stretch.Where(entry => entry.Target > 0 && !known.ContainsKey(entry.Target)).Select(entry => entry.Target).Distinct().ToArray();
        if (missing.Length > 0)
        {
            foreach (var target in await entries.ReadManyAsync(log, missing, cancellationToken))
            {
                known[target.Seq] = target;
            }
        }

        return [.. stretch.Select(entry => Shape(entry, entry.Target > 0 ? known.GetValueOrDefault(entry.Target) : null))];
    }

    /// <summary>Shapes one entry.</summary>
    /// <param name="target">The message that it changes, in its current state.</param>
    public static EntryResponse Shape(Entry entry, Entry? target = null)
    {
        var message = entry.Message is not null ? entry.ToMessage() : target?.ToMessage();
        return new(entry.Log.Name, entry.Seq, entry.Type, entry.ActorId, entry.At, entry.ClientMessageId, message, DataOf(entry, target));
    }

    private static JsonElement? DataOf(Entry entry, Entry? target) => entry.Type switch
    {
        EntryTypes.MessageCreated => null,
        EntryTypes.MessageEdited or EntryTypes.MessageDeleted or EntryTypes.MessagePinned or EntryTypes.MessageUnpinned when target is not null => JsonSerializer.SerializeToElement(new MessageChangedData(target.Id), CoreJsonContext.Default.MessageChangedData),
        EntryTypes.ReactionAdded or EntryTypes.ReactionRemoved when entry.Data is null && target is not null => JsonSerializer.SerializeToElement(new MessageChangedData(target.Id), CoreJsonContext.Default.MessageChangedData),
        EntryTypes.ConversationCreated when entry.Data?.Deserialize(CoreJsonContext.Default.ConversationCreatedData) is { } data =>
            JsonSerializer.SerializeToElement(
                new ConversationCreatedView(data.Type, data.Name, data.Custom, data.Members.Count, [.. data.Members.Take(FirstMembers).Select(member => member.UserId)]),
                CoreJsonContext.Default.ConversationCreatedView),
        _ => entry.Data,
    };
}
