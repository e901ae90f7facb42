using System.Text.Json;

namespace Caas.Contracts;

/// <summary>Changes a conversation: absent fields stay, null clears.</summary>
public sealed record UpdateConversationRequest
{
    /// <summary>At most 200 characters.</summary>
    public Optional<string> Name { get; init; }

    /// <summary>Any JSON object of at most 8 KiB.</summary>
    public Optional<JsonElement> Custom { get; init; }
}
