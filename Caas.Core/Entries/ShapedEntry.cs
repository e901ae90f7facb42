using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Json;
using Caas.Core.Messages;
using Caas.Core.Polls;

namespace Caas.Core.Entries;

/// <summary>An entry with the messages that it tells of, ready to be shown.</summary>
/// <param name="Target">The message that it changes, in its current state.</param>
/// <param name="Root">The message whose replies it adds to or takes from, in its current state.</param>
public sealed record ShapedEntry(Entry Entry, Entry? Target = null, Entry? Root = null)
{
    private const int FirstMembers = 100;

    /// <summary>The message that it makes or changes; null: none.</summary>
    public Entry? Message => Entry.Message is not null ? Entry : Target;

    /// <summary>Who gets something else of it than everybody: those who did something of it while shadow-banned.</summary>
    public IReadOnlyCollection<string> Concerned
    {
        get
        {
            HashSet<string>? found = null;
            foreach (var one in new[] { Entry, Target, Root, Message?.Quoted, Root?.Quoted })
            {
                if (one is { IsHidden: true, ActorId: { } actor })
                {
                    (found ??= new(StringComparer.Ordinal)).Add(actor);
                }

                if (one?.Message?.Shadows is { } shadows)
                {
                    (found ??= new(StringComparer.Ordinal)).UnionWith(shadows.Select(own => own.UserId));
                }
            }

            return found ?? [];
        }
    }

    /// <summary>What clients get of its data.</summary>
    public JsonElement? Data => DataOf(IsSecret);

    /// <summary>A vote in an anonymous poll, or in one that is gone with its message: who chose what is nobody's to know.</summary>
    private bool IsSecret => Entry.Type == EntryTypes.PollVoted && Target?.Message?.Poll is not { Anonymous: false };

    /// <param name="message">The message as its reader sees it.</param>
    /// <param name="root">The same of the root.</param>
    public EntryResponse With(MessageResponse? message, MessageResponse? root)
    {
        var secret = IsSecret;
        return new(Entry.Log.Name, Entry.Seq, Entry.Type, secret ? null : Entry.ActorId, Entry.At, secret ? null : Entry.ClientMessageId, message, DataOf(secret), root);
    }

    private JsonElement? DataOf(bool secret) => Entry.Type switch
    {
        EntryTypes.MessageCreated => null,
        EntryTypes.MessageEdited or EntryTypes.MessageDeleted or EntryTypes.MessagePinned or EntryTypes.MessageUnpinned or EntryTypes.MessagePreviewed when Target is not null => Changed(Target),
        EntryTypes.ReactionAdded or EntryTypes.ReactionRemoved when Entry.Data is null && Target is not null => Changed(Target),
        EntryTypes.PollVoted when secret => Target is null ? null : JsonSerializer.SerializeToElement(new PollVotedData(Target.Id, null), CoreJsonContext.Default.PollVotedData),
        EntryTypes.ConversationCreated when Entry.Data?.Deserialize(CoreJsonContext.Default.ConversationCreatedData) is { } data =>
            JsonSerializer.SerializeToElement(
                new ConversationCreatedView(data.Type, data.Name, data.Custom, data.Members.Count, [.. data.Members.Take(FirstMembers).Select(member => member.UserId)]),
                CoreJsonContext.Default.ConversationCreatedView),
        _ => Entry.Data,
    };

    private static JsonElement Changed(Entry target) => JsonSerializer.SerializeToElement(new MessageChangedData(target.Id), CoreJsonContext.Default.MessageChangedData);
}
