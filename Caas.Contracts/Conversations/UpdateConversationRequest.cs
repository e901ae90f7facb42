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
}
