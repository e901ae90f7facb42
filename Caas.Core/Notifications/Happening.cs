using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Events;

namespace Caas.Core.Notifications;

/// <summary>An event that may notify somebody.</summary>
/// <param name="Only">Whom it concerns; null: every member.</param>
public sealed record Happening(LogId Log, long Seq, DateTimeOffset At, string? Actor, NotificationKind Kind, MessageResponse? Message, IReadOnlyList<UserId>? Only)
{
    private const string CallStarted = "call.started";
    private const string CallEnded = "call.ended";

    public ConversationId Conversation => new(Log.Name);

    /// <summary>What it is to one member.</summary>
    public NotificationKind KindFor(UserId user) =>
        Message is { } message && (message.MentionsChannel || message.MentionsHere || message.Mentions.Contains(user.Value)) ? NotificationKind.Mention : Kind;

    /// <returns>Null: it notifies nobody.</returns>
    /// <exception cref="UnprocessableEventException">It is none of our events.</exception>
    public static Happening? Read(EventRecord record)
    {
        try
        {
            using var document = JsonDocument.Parse(record.CloudEvent);
            var root = document.RootElement;
            var type = root.GetProperty("type").GetString();
            if (type is not ("caas.message.created" or "caas.member.added" or "caas.call.started" or "caas.call.ended"))
            {
                return null;
            }

            var entry = root.GetProperty("data").Deserialize(CaasJsonContext.Default.EntryResponse)!;
            if (entry.Shadowed || entry.Message?.Shadowed == true)
            {
                // What a shadow-banned user does is nobody else's.
                return null;
            }

            var log = LogId.Of(new(root.GetProperty("tenantid").GetString()!), new ConversationId(entry.ConversationId));
            var happening = new Happening(log, entry.Seq, entry.At ?? default, entry.ActorId, NotificationKind.Message, entry.Message, Only: null);
            return entry.Type switch
            {
                EntryTypes.MemberAdded => happening with { Kind = NotificationKind.Added, Message = null, Only = Users(entry.Data!.Value.GetProperty("userIds")) },
                CallStarted => happening with { Kind = NotificationKind.Call, Message = null, Only = Users(entry.Data!.Value.GetProperty("userIds")) },
                CallEnded => Missed(happening, entry.Data!.Value),
                _ => entry.Message is { DeletedAt: null } ? happening : null,
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or NullReferenceException)
        {
            throw new UnprocessableEventException("It is no event of a conversation.", exception);
        }
    }

    /// <summary>A call that nobody answered: those know whose devices rang, but who declined it.</summary>
    private static Happening? Missed(Happening happening, JsonElement call)
    {
        if (call.GetProperty("outcome").GetString() is not ("missed" or "cancelled" or "busy") || call.GetProperty("startedBy").GetString() is not { } by)
        {
            return null;
        }

        UserId[] missed = [.. call.GetProperty("participants").EnumerateArray().Where(one => one.GetProperty("state").GetString() != "declined").Select(one => one.GetProperty("userId").GetString()!).Where(user => user != by).Select(user => new UserId(user))];
        return happening with { Kind = NotificationKind.MissedCall, Actor = by, Message = null, Only = missed };
    }

    private static UserId[] Users(JsonElement ids) => [.. ids.EnumerateArray().Select(id => new UserId(id.GetString()!))];
}
