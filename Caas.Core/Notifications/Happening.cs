using System.Buffers.Binary;
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

    /// <summary>A message was deleted: what told of it goes.</summary>
    Deleted,

    /// <summary>The conversation was deleted: all that told of it goes.</summary>
    Closed,
    Call,

    /// <summary>A call ended: those hear of it who missed it.</summary>
    CallEnded,
}

/// <summary>An event that may notify somebody.</summary>
/// <param name="Only">Whom it concerns; null: every member.</param>
public sealed record Happening(LogId Log, long Seq, DateTimeOffset At, string? Actor, HappeningType Type, MessageResponse? Message, IReadOnlyList<UserId>? Only)
{
    private static readonly HashSet<string> Types =
    [
        EntryTypes.MessageCreated, EntryTypes.MessageEdited, EntryTypes.MessageDeleted, EntryTypes.ConversationCreated, EntryTypes.ConversationDeleted, EntryTypes.MemberAdded, EntryTypes.MemberRemoved,
        EntryTypes.CallStarted, EntryTypes.CallEnded,
    ];

    private static readonly HashSet<string> EventTypes = [.. Types.Select(EventRouting.TypeOf)];

    /// <summary>The longest that any call may ring.</summary>
    private static readonly TimeSpan LongestRing = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(5);

    /// <summary>Whom it does not concern, of every member.</summary>
    public IReadOnlySet<string> Except { get; init; } = new HashSet<string>();

    public ConversationId Conversation => new(Log.Name);

    /// <summary>Whether it takes notifications back, however old it is, and makes none.</summary>
    public bool TakesBack => Type is HappeningType.Removed or HappeningType.Deleted or HappeningType.Closed;

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
        _ => Message is { } message && Mentions(message, user) ? NotificationKind.Mention : NotificationKind.Message,
    };

    /// <summary>Whether a message names a user, by name or with all.</summary>
    public static bool Mentions(MessageResponse message, UserId user) => message.MentionsChannel || message.MentionsHere || message.Mentions.Contains(user.Value);

    /// <summary>Whether an entry of this type may be one.</summary>
    public static bool MayBe(string entryType) => Types.Contains(entryType);

    /// <returns>Null: it notifies nobody.</returns>
    /// <exception cref="UnprocessableEventException">It is none of our events.</exception>
    public static Happening? Read(EventRecord record)
    {
        try
        {
            using var document = JsonDocument.Parse(record.CloudEvent);
            var root = document.RootElement;
            if (!EventTypes.Contains(root.GetProperty("type").GetString()!))
            {
                return null;
            }

            var entry = root.GetProperty("data").Deserialize(CaasJsonContext.Default.EntryResponse)!;
            return Of(entry, LogId.Of(new(root.GetProperty("tenantid").GetString()!), new ConversationId(entry.ConversationId)));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or NullReferenceException or ArgumentNullException)
        {
            throw new UnprocessableEventException("It is no event of a conversation.", exception);
        }
    }

    /// <returns>Null: it notifies nobody.</returns>
    internal static Happening? Of(EntryResponse entry, LogId log)
    {
        if (!Types.Contains(entry.Type) || entry.Shadowed || entry.Message?.Shadowed == true)
        {
            // What a shadow-banned user does is nobody else's.
            return null;
        }

        var happening = new Happening(log, entry.Seq, entry.At ?? default, entry.ActorId, HappeningType.Message, null, null);
        switch (entry.Type)
        {
            case EntryTypes.ConversationCreated:
                // All who are members from its beginning on. Two who talk hear of each other's first message.
                return entry.Data?.Deserialize(CoreJsonContext.Default.ConversationCreatedView) is { Type: not ConversationType.Direct } ? happening with { Type = HappeningType.Added } : null;
            case EntryTypes.ConversationDeleted:
                return happening with { Type = HappeningType.Closed };
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
            case EntryTypes.MessageDeleted:
                return entry.Message is { } gone ? happening with { Type = HappeningType.Deleted, Message = gone } : null;
            default:
                return entry.Message is { DeletedAt: null } message && !IsImported(message.Id, happening.At) ? happening with { Message = message } : null;
        }
    }

    /// <summary>Whoever's devices rang in vain, whatever became of the call for others. Who declined it knows.</summary>
    private static Happening? Missed(Happening happening, CallEndedData call)
    {
        var missed = call.Participants.Where(one => one.State is CallParticipantState.Missed or CallParticipantState.Busy && one.UserId != call.StartedBy).Select(one => one.UserId).ToArray();
        return missed.Length == 0 ? null : happening with { Type = HappeningType.CallEnded, Actor = call.StartedBy, Only = Users(missed) };
    }

    /// <summary>History of elsewhere is nobody's news, also that of the last hours: it has its own time, and its id that of the import. Some minutes are left to clocks that go back.</summary>
    private static bool IsImported(string message, DateTimeOffset at) =>
        Guid.TryParse(message, out var id) && id.Version == 7 && at + ClocksDiffer < DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(id.ToByteArray(bigEndian: true)) >> 16));

    private static UserId[] Users(IReadOnlyList<string> ids) => [.. ids.Select(id => new UserId(id))];
}
