using System.Text.Json;
using System.Text.Json.Serialization;
using Caas.Gateway.Hosting;
using Caas.Gateway.Negotiate;
using Caas.Gateway.Tokens;
using Microsoft.AspNetCore.Http.Json;

namespace Caas.Gateway.Json;

/// <summary>What only the gateway says.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PingResponse))]
[JsonSerializable(typeof(SigningKeyResponse))]
[JsonSerializable(typeof(NegotiateResponse))]
internal sealed partial class GatewayJsonContext : JsonSerializerContext;

internal static class GatewayJson
{
    /// <summary>Makes HTTP bodies what <see cref="CaasJson.Options"/> says.</summary>
    public static void Apply(JsonOptions json)
    {
        var (options, ours) = (json.SerializerOptions, CaasJson.Options);
        options.TypeInfoResolverChain.Insert(0, CaasJsonContext.Default);
        options.TypeInfoResolverChain.Insert(1, GatewayJsonContext.Default);
        foreach (var converter in ours.Converters)
        {
            options.Converters.Add(converter);
        }

        options.NumberHandling = ours.NumberHandling;
        options.MaxDepth = ours.MaxDepth;
        options.RespectNullableAnnotations = ours.RespectNullableAnnotations;
        options.RespectRequiredConstructorParameters = ours.RespectRequiredConstructorParameters;
        options.DefaultIgnoreCondition = ours.DefaultIgnoreCondition;
        options.Encoder = ours.Encoder;
    }
}
