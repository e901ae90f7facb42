using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Json;

namespace Caas.Core.Notifications;

/// <summary>What happened, as far as notifications go.</summary>
public enum HappeningType
{
    Message,

    /// <summary>A message was edited: those hear of it whom it newly mentions.</summary>
    Edit,
    Added,

    /// <summary>Nobody is notified; what stood in the inboxes of those who were removed is over.</summary>
    Removed,
    Call,

    /// <summary>A call ended: those hear of it who missed it.</summary>
    CallEnded,
}

/// <summary>An event that may notify somebody.</summary>
/// <param name="Only">Whom it concerns; null: every member.</param>
public sealed record Happening(LogId Log, long Seq, DateTimeOffset At, string? Actor, HappeningType Type, MessageResponse? Message, IReadOnlyList<UserId>? Only)
{
    private static readonly HashSet<string> Types =
        [.. new[] { EntryTypes.MessageCreated, EntryTypes.MessageEdited, EntryTypes.MemberAdded, EntryTypes.MemberRemoved, EntryTypes.CallStarted, EntryTypes.CallEnded }.Select(EventRouting.TypeOf)];

    /// <summary>The longest that any call may ring.</summary>
    private static readonly TimeSpan LongestRing = TimeSpan.FromMinutes(5);

    /// <summary>Whom it does not concern, of every member.</summary>
    public IReadOnlySet<string> Except { get; init; } = new HashSet<string>();

    public ConversationId Conversation => new(Log.Name);

    /// <summary>How old it may be to notify anybody: a call that began long ago does not ring any more.</summary>
    public TimeSpan MostAge(TimeSpan most) => Type == HappeningType.Call && most > LongestRing ? LongestRing : most;

    /// <summary>Whether it is over for who has read the conversation so far.</summary>
    public bool IsRead => Type is HappeningType.Message or HappeningType.Edit;

    /// <summary>What it is to one member.</summary>
    public NotificationKind KindFor(UserId user) => Type switch
    {
        HappeningType.Added => NotificationKind.Added,
        HappeningType.Call => NotificationKind.Call,
        HappeningType.CallEnded => NotificationKind.MissedCall,
        HappeningType.Edit => NotificationKind.Mention,
        _ => Message is { } message && (message.MentionsChannel || message.MentionsHere || message.Mentions.Contains(user.Value)) ? NotificationKind.Mention : NotificationKind.Message,
    };

    /// <returns>Null: it notifies nobody.</returns>
    /// <exception cref="UnprocessableEventException">It is none of our events.</exception>
    public static Happening? Read(EventRecord record)
    {
        try
        {
            using var document = JsonDocument.Parse(record.CloudEvent);
            var root = document.RootElement;
            if (!Types.Contains(root.GetProperty("type").GetString()!))
            {
                return null;
            }

            var entry = root.GetProperty("data").Deserialize(CaasJsonContext.Default.EntryResponse)!;
            if (entry.Shadowed || entry.Message?.Shadowed == true)
            {
                // What a shadow-banned user does is nobody else's.
                return null;
            }

            return Read(entry, LogId.Of(new(root.GetProperty("tenantid").GetString()!), new ConversationId(entry.ConversationId)));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or NullReferenceException or ArgumentNullException)
        {
            throw new UnprocessableEventException("It is no event of a conversation.", exception);
        }
    }

    private static Happening? Read(EntryResponse entry, LogId log)
    {
        var happening = new Happening(log, entry.Seq, entry.At ?? default, entry.ActorId, HappeningType.Message, null, null);
        switch (entry.Type)
        {
            case EntryTypes.MemberAdded:
                return happening with { Type = HappeningType.Added, Only = Users(entry.Data!.Value.Deserialize(CoreJsonContext.Default.MembersAddedData)!.UserIds) };
            case EntryTypes.MemberRemoved:
                return happening with { Type = HappeningType.Removed, Only = Users(entry.Data!.Value.Deserialize(CoreJsonContext.Default.MembersRemovedData)!.UserIds) };
            case EntryTypes.CallStarted:
                return happening with { Type = HappeningType.Call, Only = Users(entry.Data!.Value.Deserialize(CoreJsonContext.Default.CallStartedData)!.UserIds) };
            case EntryTypes.CallEnded:
                return Missed(happening, entry.Data!.Value.Deserialize(CoreJsonContext.Default.CallEndedData)!);
            case EntryTypes.MessageEdited:
                // Whoever edits: the words are the sender's.
                return entry.Message is { DeletedAt: null } edited ? happening with { Type = HappeningType.Edit, Message = edited, Actor = edited.SenderId } : null;
            default:
                return entry.Message is { DeletedAt: null } message ? happening with { Message = message } : null;
        }
    }

    /// <summary>Whoever's devices rang in vain, whatever became of the call for others. Who declined it knows.</summary>
    private static Happening? Missed(Happening happening, CallEndedData call)
    {
        var missed = call.Participants.Where(one => one.State is CallParticipantState.Missed or CallParticipantState.Busy && one.UserId != call.StartedBy).Select(one => one.UserId).ToArray();
        return missed.Length == 0 ? null : happening with { Type = HappeningType.CallEnded, Actor = call.StartedBy, Only = Users(missed) };
    }

    private static UserId[] Users(IReadOnlyList<string> ids) => [.. ids.Select(id => new UserId(id))];
}
