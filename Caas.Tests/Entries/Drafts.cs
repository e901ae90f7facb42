using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Messages;

namespace Caas.Tests.Entries;

/// <summary>Drafts for tests of stores.</summary>
internal static class Drafts
{
    public static readonly TenantId Acme = new("acme");
    public static readonly TenantId Globex = new("globex");
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static LogId Log(string name = "general", TenantId? tenant = null) => new(tenant ?? Acme, name);

    /// <summary>A message; its content hash follows from its text.</summary>
    public static EntryDraft Message(LogId log, string clientId, string? text = null, string? actor = "ann") => new()
    {
        Log = log,
        Id = Guid.CreateVersion7().ToString(),
        Type = EntryTypes.MessageCreated,
        ActorId = actor,
        At = Noon,
        ClientMessageId = clientId,
        ContentHash = "hash of " + (text ?? clientId),
        Target = EntryTarget.Message,
        Message = new() { Text = text ?? clientId },
    };

    /// <summary>A change of the message at <paramref name="target"/>, or of the log itself.</summary>
    public static EntryDraft Change(LogId log, string clientId, long target = EntryTarget.Log, string type = EntryTypes.MessageEdited, string? actor = "ann") => new()
    {
        Log = log,
        Id = Guid.CreateVersion7().ToString(),
        Type = type,
        ActorId = actor,
        At = Noon,
        ClientMessageId = clientId,
        ContentHash = "hash of " + clientId,
        Target = target,
        Data = Parsed($$"""{"was":"{{clientId}}"}"""),
    };

    public static JsonElement Parsed(string json) => JsonElement.Parse(json);

    /// <summary>An entry as text, to compare: JSON values are equal when their text is.</summary>
    public static string Shown(Entry? entry) => JsonSerializer.Serialize(entry);

    public static string[] Shown(IEnumerable<Entry> entries) => [.. entries.Select(Shown)];

    public static MessageState Edited(MessageState state, string text) => state with { Text = text, EditedAt = Noon.AddMinutes(1) };
}
