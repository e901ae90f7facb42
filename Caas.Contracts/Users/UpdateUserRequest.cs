using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Changes a user's profile: absent fields stay, null clears.</summary>
public sealed record UpdateUserRequest
{
    /// <summary>1 to 200 characters; cannot be cleared.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Name { get; init; }

    /// <summary>An absolute http(s) URL of at most 2,048 characters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> AvatarUrl { get; init; }

    /// <summary><c>user</c> or <c>admin</c>; only the tenant's backend may set it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Role { get; init; }

    /// <summary>A JSON object that is merged into the one there is (RFC 7396: null removes); what comes of it has at most 8 KiB and 16 levels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<JsonElement> Custom { get; init; }
}
