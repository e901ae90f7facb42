using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
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
        options.TypeInfoResolverChain.Insert(0, CaasJsonContext.Default.WithAddedModifier(RefuseUnknown));
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

    /// <summary>Replacing what a tenant is set to lifts what is not named: a name that is misspelt must not. What is stored may hold the names of a newer version.</summary>
    private static void RefuseUnknown(JsonTypeInfo contract)
    {
        if (contract.Type == typeof(TenantSettings) || contract.Type == typeof(TenantSpamLimits) || contract.Type == typeof(TenantRateLimits) || contract.Type == typeof(TenantQuotas))
        {
            contract.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        }
    }
}
