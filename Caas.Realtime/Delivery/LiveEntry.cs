using System.Text.Json;
using Caas.Core.Blocks;
using Caas.Core.Delivery;
using Caas.Core.Visibility;
using Caas.Realtime.Protocols;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Caas.Realtime.Delivery;

/// <summary>One entry on its way to watchers: serialised once as JSON, then once per hub protocol, however many connections get it.</summary>
internal sealed class LiveEntry
{
    private const int HiddenSize = 150;

    private readonly DeliveredEntry? _delivered;
    private EntryResponse? _response;
    private SerializedHubMessage? _hidden;

    private LiveEntry(long seq, string type, string? actor, DateTimeOffset? at, ReadOnlyMemory<byte> json, IReadOnlyList<string> departed, DeliveredEntry? delivered = null)
    {
        _delivered = delivered;
        Seq = seq;
        At = at;
        Json = json;
        Departed = departed;
        MessageBy = type == EntryTypes.MessageCreated ? actor : null;
        EndsConversation = type == EntryTypes.ConversationDeleted;
        ChangesMembers = MemberEntries.Change(type);
        Message = Serialized(json);
    }

    public long Seq { get; }

    /// <summary>When it was appended.</summary>
    public DateTimeOffset? At { get; }

    /// <summary>The <see cref="EntryResponse"/> that everybody gets, as UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>What stands on the conversation's channel.</summary>
    public ReadOnlyMemory<byte> Payload => _delivered?.ToPayload() ?? Json;

    /// <summary>Whether some get another entry than everybody.</summary>
    public bool HasOwn => _delivered is not null;

    /// <summary>The users who are no longer members from this entry on.</summary>
    public IReadOnlyList<string> Departed { get; }

    /// <summary>Who sent the message that it is; null: it is none, or no user's.</summary>
    public string? MessageBy { get; }

    /// <summary>Whether the conversation ends with it.</summary>
    public bool EndsConversation { get; }

    /// <summary>Whether who may do what is another from this entry on.</summary>
    public bool ChangesMembers { get; }

    public SerializedHubMessage Message { get; }

    /// <summary>The message for one who blocks, is blocked, or gets another entry than everybody; others get <see cref="Message"/>.</summary>
    public (SerializedHubMessage Message, int Size) For(LogId log, UserId user, BlockSet blocks)
    {
        if (_delivered?.Own!.FirstOrDefault(one => one.UserId == user.Value) is { } own)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(new Viewer(user, blocks).Show(log, own.Entry), HubJson.Options);
            return (Serialized(json), json.Length + 50);
        }

        if (blocks.IsEmpty)
        {
            return (Message, Size);
        }

        _response ??= JsonSerializer.Deserialize(Json.Span, CaasJsonContext.Default.EntryResponse)!;
        var shown = new Viewer(User: null, blocks).Show(log, _response);
        return shown.Type == EntryTypes.Hidden
            ? (_hidden ??= Serialized(JsonSerializer.SerializeToUtf8Bytes(shown, HubJson.Options)), HiddenSize)
            : (ReferenceEquals(shown, _response) ? Message : Serialized(JsonSerializer.SerializeToUtf8Bytes(shown, HubJson.Options)), Size);
    }

    /// <summary>About how many bytes it has.</summary>
    public int Size => Json.Length + 50;

    public static LiveEntry From(EntryResponse entry) => From(new DeliveredEntry(entry));

    public static LiveEntry From(DeliveredEntry entry)
    {
        var shown = entry.Shown;
        return new(shown.Seq, shown.Type, shown.ActorId, shown.At, JsonSerializer.SerializeToUtf8Bytes(shown, HubJson.Options), DepartedUsers.Of(shown), entry.Own is null ? null : entry);
    }

    /// <summary>Reads a payload of the conversation's channel; null when it is none.</summary>
    public static LiveEntry? TryParse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            if (DeliveredEntry.HasOwn(payload.Span))
            {
                return DeliveredEntry.ReadPayload(payload) is { Shown.Seq: > 0 } delivered ? From(delivered) : null;
            }

            // Copied: the payload belongs to the backplane.
            var json = payload.ToArray();
            var (seq, type, actor, at) = ReadHead(json);
            if (seq is not > 0 || type is null || (actor is not null && !PublicId.IsValid(actor)))
            {
                return null;
            }

            var departed = type == EntryTypes.MemberRemoved && JsonSerializer.Deserialize(json, CaasJsonContext.Default.EntryResponse) is { } entry ? DepartedUsers.Of(entry) : [];
            return new(seq.Value, type, actor, at, json, departed);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static SerializedHubMessage Serialized(ReadOnlyMemory<byte> json) => new(new InvocationMessage(nameof(IRealtimeClient.Entry), [new EntryJson(json)]));

    /// <summary>Reads to the end: what passes is well-formed.</summary>
    private static (long? Seq, string? Type, string? Actor, DateTimeOffset? At) ReadHead(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        (long? Seq, string? Type, string? Actor, DateTimeOffset? At) head = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            reader.Read();
            if (name.SequenceEqual("seq"u8))
            {
                head.Seq = reader.GetInt64();
            }
            else if (name.SequenceEqual("type"u8))
            {
                head.Type = reader.GetString();
            }
            else if (name.SequenceEqual("actorId"u8))
            {
                head.Actor = reader.GetString();
            }
            else if (name.SequenceEqual("at"u8) && reader.TokenType == JsonTokenType.String)
            {
                head.At = reader.GetDateTimeOffset();
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        return head;
    }
}

/// <summary>Entries after which what is remembered of who may do what in a conversation no longer holds.</summary>
internal static class MemberEntries
{
    public static bool Change(string type) => type is EntryTypes.ConversationChanged or EntryTypes.MemberAdded or EntryTypes.MemberChanged or EntryTypes.MemberRemoved or EntryTypes.ConversationDeleted;
}

/// <summary>Who leaves with an entry.</summary>
internal static class DepartedUsers
{
    /// <summary>Of a <c>member.removed</c> its <c>data.userIds</c>.</summary>
    public static IReadOnlyList<string> Of(EntryResponse entry)
    {
        if (entry is not { Type: EntryTypes.MemberRemoved, Data: { ValueKind: JsonValueKind.Object } data })
        {
            return [];
        }

        return data.TryGetProperty("userIds", out var users) && users.ValueKind == JsonValueKind.Array
            ? [.. users.EnumerateArray().Where(user => user.ValueKind == JsonValueKind.String).Select(user => user.GetString()!)]
            : [];
    }
}
