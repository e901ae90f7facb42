using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Changes a conversation: absent fields stay, null clears.</summary>
public sealed record UpdateConversationRequest
{
    /// <summary>At most 200 characters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Name { get; init; }

    /// <summary>A JSON object that is merged into the one there is (RFC 7396: null removes); what comes of it has at most 8 KiB and 16 levels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<JsonElement> Custom { get; init; }

    /// <summary>Whether only those who moderate it may write; null: no.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> Frozen { get; init; }

    /// <summary>How long others wait between two messages, 0 to 21,600 seconds; 0 or null: they do not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<int> SlowModeSeconds { get; init; }
}
