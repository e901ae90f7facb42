using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Caas.Realtime.Protocols;

/// <summary>The JSON of the hub: that of the contracts.</summary>
internal static class HubJson
{
    public static readonly JsonSerializerOptions Options = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(CaasJson.Options)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(CaasJsonContext.Default, RealtimeJsonContext.Default),
        };
        options.MakeReadOnly();
        return options;
    }
}
