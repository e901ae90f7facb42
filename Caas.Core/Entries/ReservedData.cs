using System.Text.Json;
using System.Text.Json.Nodes;

namespace Caas.Core.Entries;

/// <summary>
/// The data of entries in reserved logs (<c>$tenant</c>, <c>$user/{id}</c>). What stands under <c>secret</c> (hashes, sealed secrets) lets projections be built again
/// and is for nobody else: events, audit and everything else that leaves the platform takes <see cref="Public"/>.
/// </summary>
public static class ReservedData
{
    private const string Secret = "secret";

    /// <summary>The data without its <c>secret</c>.</summary>
    public static JsonElement? Public(JsonElement? data)
    {
        if (data is not { ValueKind: JsonValueKind.Object } given || !given.TryGetProperty(Secret, out _))
        {
            return data;
        }

        var copy = JsonObject.Create(given)!;
        copy.Remove(Secret);
        using var document = JsonDocument.Parse(copy.ToJsonString());
        return document.RootElement.Clone();
    }
}
